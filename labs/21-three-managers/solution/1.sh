docker service create --detach --name before --replicas 2 --env GREETING={{nonce}} \
  --no-resolve-image localhost/whoami:1
docker node promote node1 node2

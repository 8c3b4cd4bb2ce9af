# on: node1
docker service create --detach --name after --replicas 2 --env GREETING={{nonce}} \
  --no-resolve-image localhost/whoami:1

# Only one node is promoted, and two managers are worse than one.
# task: 1
# fails: three-managers
docker service create --detach --name before --replicas 2 --env GREETING={{nonce}} \
  --no-resolve-image localhost/whoami:1
docker node promote node1

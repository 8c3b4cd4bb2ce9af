docker service create --detach --name desk --replicas 2 \
  --constraint node.hostname==node1 \
  --publish published=8082,target=80,mode=host \
  --env GREETING={{nonce}} \
  --no-resolve-image localhost/whoami:1

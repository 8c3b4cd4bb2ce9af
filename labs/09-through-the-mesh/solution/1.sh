# on: manager
docker service create --detach --no-resolve-image --name web --replicas 2 --constraint node.role!=manager \
  --publish published=8080,target=80 \
  --env GREETING={{nonce}} --env "MACHINE={{.Node.Hostname}}" localhost/whoami:1

# on: manager
docker service create --detach --no-resolve-image --name web --replicas 2 \
  --env GREETING={{nonce}} --env "MACHINE={{.Node.Hostname}}" localhost/whoami:1

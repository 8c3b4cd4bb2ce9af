# on: manager
docker service create --detach --no-resolve-image --name web --replicas 3 --restart-delay 1s \
  --env GREETING={{nonce}} --env "MACHINE={{.Node.Hostname}}" localhost/whoami:1

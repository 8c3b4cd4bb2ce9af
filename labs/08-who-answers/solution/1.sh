# on: manager
docker network create --driver overlay inside
docker service create --detach --no-resolve-image --name web --network inside --replicas 3 \
  --env GREETING={{nonce}} --env "MACHINE={{.Node.Hostname}}" localhost/whoami:1
docker service create --detach --no-resolve-image --name client --network inside \
  --constraint node.hostname==manager localhost/client:1

# The service web has no virtual IP.
# task: 1
# on: manager
# fails: web-with-vip, one-address
docker network create --driver overlay inside
docker service create --detach --no-resolve-image --name web --network inside --endpoint-mode dnsrr --replicas 3 \
  --env GREETING={{nonce}} localhost/whoami:1
docker service create --detach --no-resolve-image --name client --network inside \
  --constraint node.hostname==manager localhost/client:1

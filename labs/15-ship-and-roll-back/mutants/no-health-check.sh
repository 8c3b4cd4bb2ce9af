# The service has no health check, so that version 3 would count as well.
# task: 1
# fails: shop-is-careful
docker network create --driver overlay --attachable shop-net
docker service create --detach --name shop --replicas 2 --network shop-net --endpoint-mode dnsrr \
  --env GREETING={{nonce}} --update-order start-first --update-failure-action rollback \
  --no-resolve-image localhost/whoami:1

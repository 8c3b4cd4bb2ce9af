# The endpoint mode is left at its default.
# task: 3
# on: manager
# fails: direct-dnsrr, direct-lists
docker service create --detach --no-resolve-image --name direct --network inside --replicas 3 \
  --env GREETING={{nonce}} localhost/whoami:1

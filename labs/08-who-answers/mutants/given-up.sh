# Scaled, but the virtual IP is given up on the way.
# task: 2
# on: manager
# fails: still-one
docker service update --detach --no-resolve-image --replicas 4 --endpoint-mode dnsrr web

# The service has no greeting.
# task: 1
# on: manager
# fails: wish
docker service create --detach --no-resolve-image --name web --replicas 2 localhost/whoami:1

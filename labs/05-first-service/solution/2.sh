# on: manager
docker service scale --detach web=5

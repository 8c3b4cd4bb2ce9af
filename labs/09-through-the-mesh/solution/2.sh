# on: manager
docker service scale --detach web=4

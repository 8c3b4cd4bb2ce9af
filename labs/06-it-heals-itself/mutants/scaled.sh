# One is taken away and given back by scaling, so nothing was healed.
# task: 2
# on: manager
# fails: replaced, by-itself
docker service scale --detach web=2
docker service scale --detach web=3

# Three are not five.
# task: 2
# on: manager
# fails: five-wanted, five-run
docker service scale --detach web=3

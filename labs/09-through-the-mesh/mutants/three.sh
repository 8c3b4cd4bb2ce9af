# Three are not four.
# task: 2
# on: manager
# fails: four-run, all-four
docker service scale --detach web=3

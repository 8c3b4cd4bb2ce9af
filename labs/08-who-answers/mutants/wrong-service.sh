# The client is scaled in place of the service.
# task: 2
# on: manager
# fails: four-run, all-listed
docker service scale --detach client=4

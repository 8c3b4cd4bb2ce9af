# All five are forced onto one machine.
# task: 2
# on: manager
# fails: five-run
docker service update --detach --no-resolve-image --replicas 5 --constraint-add node.hostname==manager web

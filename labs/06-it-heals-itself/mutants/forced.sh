# All are replaced, but by order, with a forced update.
# task: 2
# on: manager
# fails: by-itself
docker service update --detach --no-resolve-image --force web

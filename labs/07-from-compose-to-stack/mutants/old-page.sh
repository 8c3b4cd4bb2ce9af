# A new name for the old page.
# task: 3
# on: manager
# fails: page-v2
PAGE=v2 docker stack deploy --resolve-image never --compose-file ~/lab/compose.yaml --compose-file ~/lab/deploy.yaml shop

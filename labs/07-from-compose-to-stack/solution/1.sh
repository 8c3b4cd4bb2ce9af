# on: manager
docker stack deploy --resolve-image never --compose-file ~/lab/compose.yaml shop

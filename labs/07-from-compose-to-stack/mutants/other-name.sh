# The stack has another name.
# task: 1
# on: manager
# fails: web-in-stack, ui-in-stack, board-in-stack
docker stack deploy --resolve-image never --compose-file ~/lab/compose.yaml store

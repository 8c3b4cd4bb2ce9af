# Scaled by hand; the rest of the second file is missing.
# task: 2
# on: manager
# fails: ui-placed, board-placed, ui-answers
docker service scale --detach shop_web=3

# on: node1
docker kill $(docker ps --quiet --filter name=web | head -n 1)

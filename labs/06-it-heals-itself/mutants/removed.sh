# The container is removed, so that nothing is left to see.
# task: 3
# on: node1
# fails: stays-dead
docker run --detach --name alone --env GREETING={{nonce}} localhost/whoami:1
docker rm --force alone

# on: node1
docker run --detach --name alone --env GREETING={{nonce}} localhost/whoami:1
docker kill alone

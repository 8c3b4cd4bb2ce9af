# A container on the manager, not a service.
# task: 1
# on: manager
# fails: wish, runs
docker run --detach --name web --env GREETING={{nonce}} localhost/whoami:1

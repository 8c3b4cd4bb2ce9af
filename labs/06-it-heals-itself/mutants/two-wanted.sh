# Two run because only two are wanted.
# task: 4
# on: manager
# fails: never, two-left
docker service create --detach --no-resolve-image --name fragile --replicas 2 --restart-condition none \
  --env GREETING={{nonce}} localhost/whoami:1

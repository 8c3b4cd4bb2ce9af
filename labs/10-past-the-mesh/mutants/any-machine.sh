# Without a constraint the second task finds the port free on another machine.
# task: 4
# fails: desk-wants-two, one-waits
docker service create --detach --name desk --replicas 2 \
  --publish published=8082,target=80,mode=host \
  --env GREETING={{nonce}} \
  --no-resolve-image localhost/whoami:1

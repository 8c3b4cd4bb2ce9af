# The manager may have a task, so its answer proves nothing.
# task: 1
# on: manager
# fails: workers-only, manager-answers
docker service create --detach --no-resolve-image --name web --replicas 3 \
  --publish published=8080,target=80 \
  --env GREETING={{nonce}} --env "MACHINE={{.Node.Hostname}}" localhost/whoami:1

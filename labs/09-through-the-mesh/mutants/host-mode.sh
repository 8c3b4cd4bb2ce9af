# Published in host mode, so that only machines with a task answer.
# task: 1
# on: manager
# fails: published, manager-answers
docker service create --detach --no-resolve-image --name web --replicas 2 --constraint node.role==worker \
  --publish mode=host,published=8080,target=80 \
  --env GREETING={{nonce}} --env "MACHINE={{.Node.Hostname}}" localhost/whoami:1

# The two ports are exchanged.
# task: 1
# on: manager
# fails: published, node1-answers, node2-answers, manager-answers
docker service create --detach --no-resolve-image --name web --replicas 2 --constraint node.role==worker \
  --publish published=80,target=8080 \
  --env GREETING={{nonce}} --env "MACHINE={{.Node.Hostname}}" localhost/whoami:1

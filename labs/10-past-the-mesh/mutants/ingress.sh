# The port is published through the mesh, as it is by default.
# task: 1
# fails: edge-in-host-mode, node1-answers
docker service create --detach --name edge --mode global \
  --publish 8081:80 \
  --env MACHINE={{.Node.Hostname}} --env GREETING={{nonce}} \
  --no-resolve-image localhost/whoami:1

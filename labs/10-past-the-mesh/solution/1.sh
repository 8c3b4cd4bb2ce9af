docker service create --detach --name edge --mode global \
  --publish published=8081,target=80,mode=host \
  --env MACHINE={{.Node.Hostname}} --env GREETING={{nonce}} \
  --no-resolve-image localhost/whoami:1

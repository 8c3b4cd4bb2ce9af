# on: manager
docker service create --detach --no-resolve-image --name direct --endpoint-mode dnsrr --network inside --replicas 3 \
  --env GREETING={{nonce}} --env "MACHINE={{.Node.Hostname}}" localhost/whoami:1

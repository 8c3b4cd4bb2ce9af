# on: host
swarmlab ssh node1 -- sudo sh -c 'rm -f /etc/systemd/system/docker.service.d/zz-open.conf && systemctl daemon-reload && systemctl reset-failed docker.service docker.socket && systemctl restart docker'
eval "$(swarmlab env node1)"
swarmlab ssh manager -- mkdir -p lab/keys
for file in ca.pem cert.pem key.pem; do
  swarmlab ssh manager -- sh -c "umask 077; cat > lab/keys/$file" <"$DOCKER_CERT_PATH/$file"
done
swarmlab ssh manager -- docker context create node1 \
  --docker 'host=tcp://{{node1.address}}:2376,ca=lab/keys/ca.pem,cert=lab/keys/cert.pem,key=lab/keys/key.pem'
swarmlab ssh manager -- docker --context node1 run --detach --restart unless-stopped --name over-tls --env GREETING={{nonce}} localhost/whoami:1

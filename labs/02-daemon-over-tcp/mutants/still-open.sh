# The context for the port with TLS is made, and the port without stays open.
# on: host
# task: 3
# fails: closed
eval "$(swarmlab env node1)"
swarmlab ssh manager -- mkdir -p lab/keys
for file in ca.pem cert.pem key.pem; do
  swarmlab ssh manager -- sh -c "umask 077; cat > lab/keys/$file" <"$DOCKER_CERT_PATH/$file"
done
swarmlab ssh manager -- docker context create node1 \
  --docker 'host=tcp://{{node1.address}}:2376,ca=lab/keys/ca.pem,cert=lab/keys/cert.pem,key=lab/keys/key.pem'

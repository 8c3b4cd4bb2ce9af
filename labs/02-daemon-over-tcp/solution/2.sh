docker -H tcp://{{node1.address}}:2375 run --rm --volume /:/host localhost/client:1 \
  sh -c 'echo {{nonce}} > /host/root/i-was-here'

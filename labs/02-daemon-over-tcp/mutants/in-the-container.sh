# The file is written in the container and goes with it; the machine's disk was not mounted.
# task: 2
# fails: root-on-node1
docker -H tcp://{{node1.address}}:2375 run --rm localhost/client:1 \
  sh -c 'mkdir -p /root && echo {{nonce}} > /root/i-was-here'

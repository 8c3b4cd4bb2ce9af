# The swarm advertises an address that no other machine can reach.
# task: 2
# on: manager
# fails: manager-address
docker swarm init --advertise-addr 127.0.0.1

# The containers are in the networks of their machines, and have no address of their own.
# task: 1
# on: host
# fails: twin-on-node1, twin-on-node2
swarmlab exec --on workers -- docker run --detach --name twin --network host --env GREETING={{nonce}} localhost/whoami:1

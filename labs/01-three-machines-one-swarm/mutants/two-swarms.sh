# node2 starts a swarm of its own in place of joining.
# task: 3
# on: host
# fails: all-joined, two-workers
token=$(swarmlab ssh manager -- docker swarm join-token --quiet worker)
swarmlab ssh node1 -- docker swarm join --token "$token" {{manager.address}}:2377
swarmlab ssh node2 -- docker swarm init --advertise-addr {{node2.address}}

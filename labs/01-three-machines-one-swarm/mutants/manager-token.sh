# Both nodes join with the managers' token.
# task: 3
# on: host
# fails: two-workers
token=$(swarmlab ssh manager -- docker swarm join-token --quiet manager)
swarmlab ssh node1 -- docker swarm join --token "$token" {{manager.address}}:2377
swarmlab ssh node2 -- docker swarm join --token "$token" {{manager.address}}:2377

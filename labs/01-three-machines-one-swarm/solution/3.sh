# on: host
token=$(swarmlab ssh manager -- docker swarm join-token --quiet worker)
swarmlab exec --on workers -- docker swarm join --token "$token" {{manager.address}}:2377

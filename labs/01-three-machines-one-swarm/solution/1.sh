# on: host
swarmlab exec --on workers -- docker swarm leave
swarmlab ssh manager -- docker swarm leave --force

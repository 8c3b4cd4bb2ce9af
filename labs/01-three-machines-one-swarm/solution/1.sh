# on: host
swarmlab ssh node1 -- docker swarm leave
swarmlab ssh node2 -- docker swarm leave
swarmlab ssh manager -- docker swarm leave --force

# Only the workers leave.
# task: 1
# on: host
# fails: all-left
swarmlab exec --on workers -- docker swarm leave

# on: host
# With more than three machines in the swarm, not each has a task.
machine=$(swarmlab ssh manager -- docker service ps --filter desired-state=running --format '{{.Node}}' web | head -n 1)
swarmlab ssh "$machine" -- sh -c 'docker kill $(docker ps --quiet --filter name=web | head -n 1)'

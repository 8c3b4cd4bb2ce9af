# on: host
swarmlab ssh manager -- docker service create --no-resolve-image --name fragile --replicas 3 --restart-condition none \
  --env GREETING={{nonce}} localhost/whoami:1
# With more than three machines in the swarm, not each has a task.
machine=$(swarmlab ssh manager -- docker service ps --filter desired-state=running --format '{{.Node}}' fragile | head -n 1)
swarmlab ssh "$machine" -- sh -c 'docker kill $(docker ps --quiet --filter name=fragile | head -n 1)'

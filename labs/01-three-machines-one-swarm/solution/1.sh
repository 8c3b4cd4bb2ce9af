# on: host
# One after the other: nodes that leave at the same moment may not let go of their ports.
for worker in $(swarmlab ssh manager -- docker node ls --filter role=worker --format '{{.Hostname}}'); do
  swarmlab ssh "$worker" -- docker swarm leave
done
swarmlab ssh manager -- docker swarm leave --force

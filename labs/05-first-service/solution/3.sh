# on: host
# With more than five machines in the swarm, not each has a task.
set -- $(swarmlab ssh manager -- docker service ps --filter desired-state=running --format '{{.Node}}' web | grep -v manager | sort -u)
for path in node1 node2; do
  swarmlab ssh "$1" -- sh -c "docker exec \$(docker ps --quiet --filter name=web | head -n 1) wget -q -O - http://127.0.0.1/{{nonce}}-$path"
  shift
done

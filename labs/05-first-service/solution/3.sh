# on: host
for machine in node1 node2; do
  swarmlab ssh "$machine" -- sh -c "docker exec \$(docker ps --quiet --filter name=web | head -n 1) wget -q -O - http://127.0.0.1/{{nonce}}-$machine"
done

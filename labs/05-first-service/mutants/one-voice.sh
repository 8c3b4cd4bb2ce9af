# Only the task on node1 is asked, and twice.
# task: 3
# on: node1
# fails: heard-node2
task=$(docker ps --quiet --filter name=web | head -n 1)
docker exec "$task" wget -q -O - http://127.0.0.1/{{nonce}}-node1
docker exec "$task" wget -q -O - http://127.0.0.1/{{nonce}}-node1

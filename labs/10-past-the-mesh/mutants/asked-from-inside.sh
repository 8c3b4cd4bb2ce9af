# The request comes from node1 itself, not from another machine.
# task: 2
# on: node1
# fails: client-is-node2
curl -s http://{{node1.address}}:8081/{{nonce}}

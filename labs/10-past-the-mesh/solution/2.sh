# on: node2
curl -s http://{{node1.address}}:8081/{{nonce}}

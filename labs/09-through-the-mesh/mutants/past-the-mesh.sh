# The second service is published past the mesh, and sees the sender.
# task: 3
# on: host
# fails: second-door, sender-hidden
swarmlab ssh manager -- docker service create --no-resolve-image --name page --constraint node.hostname==manager \
  --publish mode=host,published=8081,target=80 localhost/nginx:1
swarmlab ssh node2 -- curl --silent --retry 8 --retry-connrefused "http://{{manager.address}}:8081/?{{nonce}}"

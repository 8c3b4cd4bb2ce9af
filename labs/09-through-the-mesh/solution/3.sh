# on: host
swarmlab ssh manager -- docker service create --no-resolve-image --name page --publish published=8081,target=80 localhost/nginx:1
swarmlab ssh node2 -- curl --silent --retry 8 --retry-connrefused "http://{{manager.address}}:8081/?{{nonce}}"

# on: host
swarmlab ssh manager -- docker service create --no-resolve-image --name fragile --replicas 3 --restart-condition none \
  --env GREETING={{nonce}} localhost/whoami:1
swarmlab ssh node2 -- sh -c 'docker kill $(docker ps --quiet --filter name=fragile | head -n 1)'

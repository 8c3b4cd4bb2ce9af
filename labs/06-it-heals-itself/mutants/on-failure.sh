# A killed task has failed, so on-failure replaces it.
# task: 4
# on: host
# fails: never, two-left
swarmlab ssh manager -- docker service create --no-resolve-image --name fragile --replicas 3 --restart-condition on-failure \
  --restart-delay 1s --env GREETING={{nonce}} localhost/whoami:1
swarmlab ssh node2 -- sh -c 'docker kill $(docker ps --quiet --filter name=fragile | head -n 1)'

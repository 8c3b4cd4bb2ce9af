docker network create --driver overlay --attachable shop-net
docker service create --detach --name shop --replicas 2 --network shop-net --endpoint-mode dnsrr \
  --env GREETING={{nonce}} \
  --health-cmd 'wget -q -O /dev/null http://127.0.0.1/health || exit 1' --health-interval 1s --health-retries 2 \
  --update-order start-first --update-failure-action rollback \
  --rollback-order start-first \
  --no-resolve-image localhost/whoami:1
until docker service ps --filter desired-state=running --format '{{.CurrentState}}' shop | grep -c Running | grep -q 2; do sleep 0.3; done
docker run --detach --name probe --network shop-net \
  --volume ~/lab/probe.sh:/probe.sh:ro \
  localhost/client:1 sh /probe.sh

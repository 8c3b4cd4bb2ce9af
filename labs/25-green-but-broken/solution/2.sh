docker service create --detach --name watch --mode global --network office --endpoint-mode dnsrr \
  --health-interval 1s --health-retries 2 \
  --health-cmd 'test -n "$(dig +short tasks.desk)" && for a in $(dig +short tasks.desk); do curl -sf --max-time 1 http://$a/health || exit 1; done' \
  --no-resolve-image localhost/client:1

# The alarm looks whether the name leads somewhere, and sends no packet there; its tasks end because they are told to.
# task: 2
# fails: alarm-rings
docker service create --name watch --mode global --network office --endpoint-mode dnsrr \
  --health-interval 1s --health-retries 2 --health-cmd 'test -n "$(dig +short tasks.desk)"' \
  --no-resolve-image localhost/client:1
docker service update --no-resolve-image --force watch

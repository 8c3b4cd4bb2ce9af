# The shop is removed and made again with version 2, and is closed meanwhile.
# task: 2
# fails: update-completed, nothing-lost
docker service rm shop
sleep 3
docker service create --detach --name shop --replicas 2 --network shop-net --endpoint-mode dnsrr \
  --env GREETING={{nonce}} \
  --health-cmd 'wget -q -O - http://127.0.0.1/health' --health-interval 1s --health-retries 2 \
  --update-order start-first --update-failure-action rollback \
  --no-resolve-image localhost/whoami:2

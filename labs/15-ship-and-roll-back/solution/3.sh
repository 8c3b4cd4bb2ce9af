docker service update --detach --image localhost/whoami:3 --no-resolve-image shop
until docker service inspect --format '{{.UpdateStatus.State}}' shop | grep rollback_completed; do sleep 0.5; done

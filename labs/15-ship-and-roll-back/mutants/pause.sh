# What fails stops the update, and nobody takes it back.
# task: 3
# fails: rolled-back
docker service update --detach --update-failure-action pause --image localhost/whoami:3 --no-resolve-image shop
until docker service inspect --format '{{.UpdateStatus.State}}' shop | grep paused; do sleep 0.5; done

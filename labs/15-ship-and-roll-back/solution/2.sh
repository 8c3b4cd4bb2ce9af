docker service update --detach --image localhost/whoami:2 --no-resolve-image shop

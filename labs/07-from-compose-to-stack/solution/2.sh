# on: manager
docker stack deploy --resolve-image never --compose-file ~/lab/compose.yaml --compose-file ~/lab/deploy.yaml shop
# A change that comes while the swarm notes the state of an update is refused as "out of sequence".
until [ "$(docker service inspect --format '{{with .UpdateStatus}}{{.State}}{{end}}' shop_web shop_ui shop_board | grep -c completed)" = 3 ]; do sleep 0.5; done

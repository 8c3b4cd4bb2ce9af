# on: manager
sed -i 's/version 1/version 2/' ~/lab/page.html
PAGE=v2 docker stack deploy --resolve-image never --compose-file ~/lab/compose.yaml --compose-file ~/lab/deploy.yaml shop

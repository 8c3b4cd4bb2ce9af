# The changed page is deployed under the old name, and refused.
# task: 3
# on: manager
# fails: page-v2, rolled-out
sed -i 's/version 1/version 2/' ~/lab/page.html
docker stack deploy --resolve-image never --compose-file ~/lab/compose.yaml --compose-file ~/lab/deploy.yaml shop || true

# The key is in a variable of the environment as well as in a secret.
# task: 2
# fails: key-in-memory
printf '%s' 'key-one-{{nonce}}' | docker secret create door-key-1 -
docker service update --detach --secret-add source=door-key-1,target=door-key --env-add DOOR_KEY=key-one-{{nonce}} web

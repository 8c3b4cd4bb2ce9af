printf '%s' 'key-one-{{nonce}}' | docker secret create door-key-1 -
docker service update --secret-add source=door-key-1,target=door-key web

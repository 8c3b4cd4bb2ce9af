docker config create page-2 ~/lab/page-2.html
printf '%s' 'key-two-{{nonce}}' | docker secret create door-key-2 -
docker service update --detach \
  --config-rm page-1 --config-add source=page-2,target=/usr/share/nginx/html/index.html \
  --secret-rm door-key-1 --secret-add source=door-key-2,target=door-key \
  web
docker secret rm door-key-1
docker config rm page-1

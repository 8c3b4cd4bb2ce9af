# The new key comes under its own name, where the program does not look for it, and the old one stays in the swarm.
# task: 3
# fails: key-in-memory, old-key-gone
docker config create page-2 ~/lab/page-2.html
printf '%s' 'key-two-{{nonce}}' | docker secret create door-key-2 -
docker service update \
  --config-rm page-1 --config-add source=page-2,target=/usr/share/nginx/html/index.html \
  --secret-rm door-key-1 --secret-add door-key-2 \
  web
docker config rm page-1

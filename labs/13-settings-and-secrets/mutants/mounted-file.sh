# The page is mounted from the machine's own disk, where another file lies.
# task: 1
# fails: page-in-swarm, page-one-everywhere
docker service create --detach --name web --mode global --constraint node.role==worker \
  --publish published=8083,target=80,mode=host \
  --mount type=bind,source=/etc/hostname,target=/usr/share/nginx/html/index.html \
  --no-resolve-image localhost/nginx:1

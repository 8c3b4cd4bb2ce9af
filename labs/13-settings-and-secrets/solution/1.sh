docker config create page-1 ~/lab/page-1.html
docker service create --detach --name web --mode global --constraint node.role==worker \
  --publish published=8083,target=80,mode=host \
  --config source=page-1,target=/usr/share/nginx/html/index.html \
  --no-resolve-image localhost/nginx:1

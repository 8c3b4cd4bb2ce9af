# on: node1
docker run --detach --name guest --network container:twin localhost/client:1

# The guest has a network of its own on the same bridge, so its 127.0.0.1 is not that of twin.
# task: 2
# on: node1
# fails: guest-reaches-twin
docker run --detach --name guest localhost/client:1

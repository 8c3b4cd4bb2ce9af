# on: manager
docker swarm init --advertise-addr {{manager.address}}

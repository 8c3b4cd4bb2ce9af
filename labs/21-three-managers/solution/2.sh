sudo systemctl stop docker.socket docker.service

sudo systemctl start docker.socket docker.service

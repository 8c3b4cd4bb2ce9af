# on: node1
sudo mkdir -p /etc/systemd/system/docker.service.d
sudo tee /etc/systemd/system/docker.service.d/zz-open.conf <<END
[Service]
ExecStart=
ExecStart=$(sudo sh -c 'command -v dockerd') -H fd:// --containerd=/run/containerd/containerd.sock -H tcp://{{node1.address}}:2375 --tls=false
END
sudo systemctl daemon-reload
sudo systemctl reset-failed docker.service docker.socket
sudo systemctl restart docker

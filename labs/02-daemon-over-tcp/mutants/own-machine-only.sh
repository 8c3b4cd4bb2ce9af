# The daemon listens on TCP, but only on node1's own loopback address.
# on: node1
# task: 1
# fails: everyone-in
sudo mkdir -p /etc/systemd/system/docker.service.d
sudo tee /etc/systemd/system/docker.service.d/zz-open.conf <<END
[Service]
ExecStart=
ExecStart=$(sudo sh -c 'command -v dockerd') -H fd:// --containerd=/run/containerd/containerd.sock -H tcp://127.0.0.1:2375 --tls=false
END
sudo systemctl daemon-reload
sudo systemctl reset-failed docker.service docker.socket
sudo systemctl restart docker

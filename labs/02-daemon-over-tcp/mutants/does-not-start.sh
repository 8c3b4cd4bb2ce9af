# A flag is mistyped, and the daemon does not start any more.
# on: node1
# task: 1
# fails: everyone-in
sudo mkdir -p /etc/systemd/system/docker.service.d
sudo tee /etc/systemd/system/docker.service.d/zz-open.conf <<END
[Service]
ExecStart=
ExecStart=$(sudo sh -c 'command -v dockerd') -H fd:// --containerd=/run/containerd/containerd.sock -H tcp://{{node1.address}}:2375 --tsl=false
END
sudo systemctl daemon-reload
sudo systemctl reset-failed docker.service docker.socket
if sudo systemctl restart docker; then exit 1; fi

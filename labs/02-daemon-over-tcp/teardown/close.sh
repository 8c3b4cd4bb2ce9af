rm -f /root/i-was-here
file=/etc/systemd/system/docker.service.d/zz-open.conf
if [ -e "$file" ]; then
  rm "$file"
  systemctl daemon-reload
  systemctl restart docker
fi

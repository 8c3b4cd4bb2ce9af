rm -f /root/i-was-here
file=/etc/systemd/system/docker.service.d/zz-open.conf
if [ -e "$file" ]; then
  rm "$file"
  systemctl daemon-reload
  # systemd does not start a unit more than three times within a minute.
  systemctl reset-failed docker.service docker.socket 2>/dev/null || :
  systemctl restart docker
fi

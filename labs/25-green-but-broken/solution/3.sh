# on: node2
sudo iptables -D INPUT -p udp --dport 4789 -j DROP

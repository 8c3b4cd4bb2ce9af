while iptables -D INPUT -p udp --dport 4789 -j DROP 2>/dev/null; do :; done
while iptables -D INPUT -p tcp --dport 4789 -j ACCEPT 2>/dev/null; do :; done

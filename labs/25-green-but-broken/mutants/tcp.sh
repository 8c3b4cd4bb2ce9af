# The port is opened for TCP, and the packets are UDP.
# task: 3
# on: node2
# fails: all-reached
sudo iptables -I INPUT -p tcp --dport 4789 -j ACCEPT

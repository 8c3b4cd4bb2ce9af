# The machine asks, not the client; it is not on the network and does not know the names.
# task: 4
# on: manager
# fails: went-around, went-through
curl --silent --max-time 3 http://tasks.web/{{nonce}}-task || true
curl --silent --max-time 3 http://web/{{nonce}}-vip || true

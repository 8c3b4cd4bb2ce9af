# on: manager
client=$(docker ps --quiet --filter name=client)
docker exec "$client" curl --silent --max-time 3 http://tasks.web/{{nonce}}-task
# Without IPVS in the kernel there is no answer, and nobody asks for one.
docker exec "$client" curl --silent --max-time 3 http://web/{{nonce}}-vip || true

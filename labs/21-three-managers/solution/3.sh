# on: node1
# Leadership may change once more: an order that was answered by an error about the leader may be there all the same.
for try in $(seq 30); do
  docker service inspect --format '{{.Spec.Name}} is ordered' after 2>/dev/null && break
  said=$(docker service create --detach --name after --replicas 2 --env GREETING={{nonce}} \
    --no-resolve-image localhost/whoami:1 2>&1) ||
    { echo "$said" >&2; [[ $said =~ leader|'already exists' ]] || break; }
  sleep 1
done
docker service inspect after > /dev/null

# on: host
swarmlab exec --on workers -- docker run --detach --name twin --env GREETING={{nonce}} localhost/whoami:1

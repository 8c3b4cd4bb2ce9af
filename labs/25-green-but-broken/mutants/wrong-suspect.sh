# The machine that asked, and not the one that could not be reached, is suspected.
# task: 1
# fails: suspect-found
docker node update --label-add suspect={{nonce}} node1

docker node update --label-add suspect={{nonce}} node2

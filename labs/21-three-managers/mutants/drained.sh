# The leader is drained, which takes its containers away and leaves it the leader.
# task: 2
# fails: manager-is-silent, another-leads
docker node update --availability drain manager

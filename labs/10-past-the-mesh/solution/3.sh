docker service update --detach --constraint-add node.role==worker edge

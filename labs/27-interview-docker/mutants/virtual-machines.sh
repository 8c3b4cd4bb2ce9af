# Docker is taken for a light kind of virtual machine, and the rest is right.
# task: 3
# fails: answers
# answers: aaccacbcaacbcb

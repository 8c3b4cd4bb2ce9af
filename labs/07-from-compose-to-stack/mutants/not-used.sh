# The new config is made, but no service uses it.
# task: 3
# on: manager
# fails: rolled-out
sed 's/version 1/version 2/' ~/lab/page.html | docker config create shop_page_v2 -

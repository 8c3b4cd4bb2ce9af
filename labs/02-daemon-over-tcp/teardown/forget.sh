# Contexts belong to the user, whose home is not root's.
user=${SUDO_USER:-root}
for name in $(sudo -H -u "$user" docker context ls --format '{{.Name}}' | grep -x node1); do
  sudo -H -u "$user" docker context rm --force "$name"
done

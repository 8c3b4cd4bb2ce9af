# Makes the labs' images on a machine out of what its own system holds; no registry is asked. Run as root by `sh -s`:
# $1: the content of whoami.py; $2: a label for each image; the others: the images to make, as NAME:TAG without the prefix.
set -eu
prefix=localhost
umask 022
whoami_source=$1 label=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

need() {
  for program in "$@"; do
    command -v "$program" >/dev/null || { echo "this machine has no $program" >&2; exit 3; }
  done
}

# Copies files with the path they have, through links, so that the tree needs no others.
keep() {
  for file in "$@"; do
    mkdir -p "$tree$(dirname "$file")"
    [ -e "$tree$file" ] || cp -L "$file" "$tree$file"
  done
}

# A program and every library that it loads.
keep_program() {
  path=$(command -v "$1")
  keep "$path"
  keep_libraries "$path"
}

keep_libraries() {
  for library in $(ldd "$1" 2>/dev/null | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) .*/\1/p'); do keep "$library"; done
}

# A shell and the usual small tools, a user database, and name resolution.
new_tree() {
  tree=$work/$1
  mkdir -p "$tree/tmp" "$tree/etc" "$tree/bin" "$tree/root" "$tree/run" "$tree/var/log"
  chmod 1777 "$tree/tmp"
  keep_program busybox
  busybox_path=$(command -v busybox)
  for tool in $(busybox --list); do
    [ -e "$tree/bin/$tool" ] || ln -s "$busybox_path" "$tree/bin/$tool"
  done
  printf 'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/tmp:/bin/sh\n' >"$tree/etc/passwd"
  printf 'root:x:0:\nwww-data:x:33:\n' >"$tree/etc/group"
  for library in /lib/*/libnss_dns.so.2 /lib/*/libnss_files.so.2; do
    [ ! -e "$library" ] || keep "$library"
  done
}

# $1: NAME:TAG; $2: tree; the others: changes to the image's configuration.
import() {
  image=$prefix/$1 from=$2
  shift 2
  set -- "$@" "LABEL $label"
  for change in "$@"; do set -- "$@" --change "$change"; shift; done
  tar --create --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --directory="$work/$from" . |
    docker import "$@" - "$image" >/dev/null
}

make_whoami() {
  if [ ! -d "$work/whoami" ]; then
    need python3
    new_tree whoami
    python=$(readlink -f "$(command -v python3)")
    keep "$python"
    keep_libraries "$python"
    library=/usr/lib/$(basename "$python")
    for file in "$library"/*.py "$library"/encodings/*.py "$library"/collections/*.py "$library"/importlib/*.py "$library"/re/*.py; do
      [ ! -e "$file" ] || keep "$file"
    done
    for module in "$library"/lib-dynload/*.so; do
      [ ! -e "$module" ] || keep "$module"
    done
    printf '%s' "$whoami_source" >"$tree/whoami.py"
    ln -sf "$python" "$tree/bin/python3"
  fi
  import "whoami:$1" whoami "ENV VERSION=$1" "EXPOSE 80" 'ENTRYPOINT ["/bin/python3", "/whoami.py"]'
}

make_nginx() {
  need nginx
  new_tree nginx
  keep_program nginx
  mkdir -p "$tree/etc/nginx/conf.d" "$tree/var/log/nginx" "$tree/var/lib/nginx" "$tree/usr/share/nginx/html" "$tree/var/www"
  keep /etc/nginx/mime.types
  ln -sf /dev/stdout "$tree/var/log/nginx/access.log"
  ln -sf /dev/stderr "$tree/var/log/nginx/error.log"
  printf '<h1>nginx in a swarm</h1>\n' >"$tree/usr/share/nginx/html/index.html"
  cat >"$tree/etc/nginx/nginx.conf" <<'CONF'
user root;
worker_processes 1;
pid /run/nginx.pid;
error_log /dev/stderr;
events { worker_connections 256; }
http {
  include /etc/nginx/mime.types;
  access_log /dev/stdout;
  include /etc/nginx/conf.d/*.conf;
}
CONF
  cat >"$tree/etc/nginx/conf.d/default.conf" <<'CONF'
server {
  listen 80;
  location / { root /usr/share/nginx/html; }
}
CONF
  import "nginx:$1" nginx "EXPOSE 80" 'ENTRYPOINT ["/usr/sbin/nginx", "-g", "daemon off;"]'
}

make_client() {
  need curl dig
  new_tree client
  keep_program curl
  keep_program dig
  # PID 1 that ends at once on SIGTERM; without a trap the kernel would not deliver it. Of a task that ends with 0, the swarm
  # does not tell that it was unhealthy.
  printf '#!/bin/sh\ntrap "exit 143" TERM INT\nwhile :; do sleep 3600 & wait $!; done\n' >"$tree/bin/rest"
  chmod 755 "$tree/bin/rest"
  import "client:$1" client 'CMD ["/bin/rest"]'
}

need docker busybox tar ldd
for image in "$@"; do
  case $image in
    whoami:*) make_whoami "${image#*:}" ;;
    nginx:*) [ -d "$work/nginx" ] || make_nginx "${image#*:}" ;;
    client:*) [ -d "$work/client" ] || make_client "${image#*:}" ;;
    *) echo "no such image: $image" >&2; exit 2 ;;
  esac
done

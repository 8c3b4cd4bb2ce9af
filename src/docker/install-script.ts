import { shellPrelude } from "./shell-sections.ts";

/** There from the moment packages are touched until the engine is whole. */
export const unfinishedInstallPath = "/var/lib/swarmlab-install";

/**
 * Installs the engine. Run as root by `sh -s`; $1: channel; $2: version or the beginning of one, or empty; $3: Docker's repository, or empty;
 * $4: seconds to wait for others that install; $5: the root directory, left out on a machine. Prints `step …` lines for people as it goes, then
 * the sections `outcome`, `said` and `log`. What was cut short anywhere is completed by the next run.
 */
export const installEngineScript = `${shellPrelude}
step() { echo "step $1"; }
finish() {
  printf '%s' "$2" | section said
  tail -n 20 "$log" | section log
  echo "$1" | section outcome
  exit
}

# Runs a command with its output in the log; again for as long as others hold the packages.
attempt() {
  step "$1"
  waits=
  shift
  until "$@" >"$log" 2>&1 </dev/null; do
    if ! grep -Eq 'Could not get lock|Unable to acquire the dpkg|Unable to lock|locked by another process' "$log"; then
      return 1
    fi
    if [ "$(date +%s)" -ge "$give_up_at" ]; then finish locked "$(grep -Ei 'lock' "$log" | head -n 1)"; fi
    if [ -z "$waits" ]; then step "waiting until others on the machine have installed their packages"; waits=1; fi
    sleep 1
  done
}

# Debian starts what it installs; the daemon shall start once, configured. The file ends itself where this script was killed.
hold_services() {
  policy=$root/usr/sbin/policy-rc.d
  if [ -e "$policy" ] && ! grep -q '^# swarmlab:' "$policy"; then policy=; return; fi
  mkdir -p "$root/usr/sbin"
  started=$(cut -d' ' -f22 "/proc/$$/stat")
  cat >"$policy.swarmlab-new" <<END
#!/bin/sh
# swarmlab: services wait until the engine is configured
if [ "\\$(cut -d' ' -f22 /proc/$$/stat 2>/dev/null)" = "$started" ]; then exit 101; fi
rm -f "\\$0"
END
  chmod 755 "$policy.swarmlab-new" && mv -f "$policy.swarmlab-new" "$policy"
}
release_services() {
  if [ -n "$policy" ]; then rm -f "$policy"; fi
}

# The first of the versions on stdin, newest first, that begins as wanted; an epoch aside.
pick_version() {
  while read -r candidate; do
    case \${candidate#*:} in
      "$version" | "$version"[!0-9A-Za-z]*) echo "$candidate"; return ;;
    esac
    if [ -z "$version" ]; then echo "$candidate"; return; fi
  done
}
choose_version() {
  chosen=$(printf '%s\\n' "$offered" | pick_version)
  if [ -z "$chosen" ]; then finish version "$(printf '%s\\n' "$offered" | sed 's/^[0-9]*://' | head -n 12)"; fi
}

apt_get() { apt-get -q -y -o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 "$@"; }
apt_offers() { apt-cache madison "$1" 2>/dev/null | cut -d'|' -f2 | tr -d ' ' | awk '!seen[$0]++'; }
apt_update() { attempt "reading the package sources" apt_get update || finish failed "apt-get update"; }
apt_install() {
  attempt "installing $1" apt_get install --fix-broken --no-install-recommends \\
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" || finish failed "apt-get install $1"
}
add_apt_repository() {
  if ! command -v curl >/dev/null; then apt_install curl ca-certificates; fi
  mkdir -p "$root/etc/apt/keyrings" "$root/etc/apt/sources.list.d"
  key=$root/etc/apt/keyrings/swarmlab-docker.asc
  attempt "fetching the key of Docker's repository" \\
    curl -fsSL --connect-timeout 30 --retry 2 -o "$key" "$repository/gpg" || finish failed "curl $repository/gpg"
  chmod 644 "$key"
  echo "deb [arch=$(dpkg --print-architecture) signed-by=$key] $repository $VERSION_CODENAME stable" \\
    >"$root/etc/apt/sources.list.d/swarmlab-docker.list"
  apt_update
}
install_by_apt() {
  hold_services
  # Where packages are not even unpacked it fails, and apt-get completes the rest.
  attempt "completing what was interrupted" dpkg --force-confdef --force-confold --configure -a
  # Others may have installed one meanwhile; apt-get would put ours in its place.
  if command -v dockerd >/dev/null && [ -z "$(dpkg --audit)" ]; then return; fi
  apt_update
  offered=$(apt_offers "$package")
  if [ -z "$offered" ] && [ -n "$repository" ]; then add_apt_repository; offered=$(apt_offers "$package"); fi
  if [ -z "$offered" ]; then finish missing "$package"; fi
  choose_version
  case $package in
    docker-ce)
      others=containerd.io
      if apt_offers docker-ce-cli | grep -Fqx "$chosen"; then others="$others docker-ce-cli=$chosen"; fi ;;
    *)
      others=
      # Newer releases have the client in a package of its own, and only recommend it.
      if apt-cache depends "$package" | grep -q ' docker-cli$'; then others=docker-cli; fi ;;
  esac
  : >"$unfinished"
  # On kernels with AppArmor no container starts without its parser.
  apt_install "$package=$chosen" $others apparmor
}

dnf_offers() {
  dnf -q list --showduplicates "$1" 2>/dev/null | awk -v name="$1" 'index($1, name ".") == 1 { print $2 }' | sort -Vru
}
install_by_dnf() {
  if [ ! -e "$unfinished" ] && command -v dockerd >/dev/null; then return; fi
  if [ -n "$repository" ] && [ -z "$(dnf_offers "$package")" ]; then
    mkdir -p "$root/etc/yum.repos.d"
    printf '%s\\n' '[swarmlab-docker]' 'name=Docker' "baseurl=$repository/\\$releasever/\\$basearch/stable" \\
      'enabled=1' 'gpgcheck=1' "gpgkey=$repository/gpg" >"$root/etc/yum.repos.d/swarmlab-docker.repo"
  fi
  attempt "reading the package sources" dnf -q -y makecache || finish failed "dnf makecache"
  offered=$(dnf_offers "$package")
  if [ -z "$offered" ] && [ "$package" = moby-engine ]; then package=docker; offered=$(dnf_offers docker); fi
  if [ -z "$offered" ]; then finish missing "$package"; fi
  choose_version
  others=
  if [ "$package" = docker-ce ]; then others="docker-ce-cli-\${chosen#*:} containerd.io"; fi
  : >"$unfinished"
  attempt "installing $package $chosen" dnf -q -y install "$package-\${chosen#*:}" $others ||
    finish failed "dnf install $package"
}

main() {
  channel=$1 version=$2 repository=\${3%/} root=$5 policy=
  complete_path
  log=$root/var/log/swarmlab-install.log unfinished=$root${unfinishedInstallPath}
  give_up_at=$(($(date +%s) + $4))
  # From here to the end it must not be cut short by a lost connection.
  trap '' HUP PIPE
  trap release_services EXIT
  trap 'exit 143' INT TERM
  export DEBIAN_FRONTEND=noninteractive LC_ALL=C
  umask 022
  mkdir -p "$root/var/log" "$root/var/lib" && : >"$log" || exit
  ID= ID_LIKE= PRETTY_NAME= VERSION_CODENAME=
  if [ -e "$root/etc/os-release" ]; then . "$root/etc/os-release"; fi
  case " $ID $ID_LIKE " in
    *" debian "* | *" ubuntu "*) package=docker.io by=apt ;;
    *" fedora "* | *" rhel "* | *" centos "* | *" amzn "*) package=moby-engine by=dnf ;;
    *) finish unknown "\${PRETTY_NAME:-a system of an unknown kind}" ;;
  esac
  if [ "$channel" = docker ]; then package=docker-ce; else repository=; fi
  if [ "$by" = apt ]; then install_by_apt; else install_by_dnf; fi
  rm -f "$unfinished"
  finish installed
}
main "$@"
`;

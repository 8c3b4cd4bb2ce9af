import { packagePrelude } from "./package-script.ts";

/** There from the moment packages are touched until the engine is whole. */
export const unfinishedInstallPath = "/var/lib/swarmlab-install";

/**
 * Installs the engine. For `runPackageScript`; $2: channel; $3: version or the beginning of one, or empty; $4: Docker's repository, or empty;
 * $5: the root directory, left out on a machine. What was cut short anywhere is completed by the next run.
 */
export const installEngineScript = `${packagePrelude}
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

apt_offers() { apt-cache madison "$1" 2>/dev/null | cut -d'|' -f2 | tr -d ' ' | awk '!seen[$0]++'; }
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
  apt_complete
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
  channel=$2 version=$3 repository=\${4%/} root=$5
  complete_path
  unfinished=$root${unfinishedInstallPath}
  begin "$1"
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

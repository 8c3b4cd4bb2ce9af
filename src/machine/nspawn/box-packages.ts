import { labPrograms } from "../../labs/lab-programs.ts";

/** What every box holds, in Debian's and Ubuntu's names: a machine to practise on, with what labs need and no registry can bring. */
export const boxPackages: readonly string[] = [
  "systemd",
  "systemd-sysv",
  "dbus",
  "openssh-server",
  "sudo",
  "ca-certificates",
  "kmod",
  "procps",
  "less",
  "iproute2",
  "iputils-ping",
  "iptables",
  "ipvsadm",
  "jq",
  "bash-completion",
  "docker-registry",
  ...Object.values(labPrograms),
];

/**
 * What labs use of a machine's own system besides the engine, each with the package of Debian and Ubuntu that has it: the sample images are made of most of
 * them, and the learner calls the rest.
 */
export const labPrograms: Readonly<Record<string, string>> = {
  busybox: "busybox",
  python3: "python3-minimal",
  nginx: "nginx-light",
  curl: "curl",
  dig: "dnsutils",
  tcpdump: "tcpdump",
};

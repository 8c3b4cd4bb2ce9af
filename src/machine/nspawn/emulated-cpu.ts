/**
 * Whether this host is itself a machine that QEMU emulates in software, from `/proc/cpuinfo`. QEMU names its own models so (`-cpu max`,
 * libvirt's `maximum`); the models of real processors keep their names under emulation and are not told apart.
 */
export const isEmulatedCpu = (cpuInfo: string): boolean => /^model name\s*:\s*QEMU TCG CPU\b/m.test(cpuInfo);

/**
 * Where a box remembers what `dockerd --version` says, for that takes dockerd some 30 ms: `SIZE MTIME TEXT`, the first two those of the program that said
 * so, in bytes and in seconds since 1970.
 */
export const rememberedEnginePath = "/var/lib/swarmlab-engine";

import ssh2 from "ssh2";

/** The parts of ssh2 that this folder uses. The package is CommonJS: its names come through the default import. */
export const { Client, utils } = ssh2;

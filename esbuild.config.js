import { rename, rm } from "node:fs/promises";
import { build, context } from "esbuild";

/** Bundled with its dependencies, split so that each command loads only its own part: a start reads few files. */
const options = {
  // main.ts is the program; run-program.ts the same for who has a process already.
  entryPoints: ["src/main.ts", "src/run-program.ts"],
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // Less to parse at each start; names stay, for stack traces that can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  // ssh2 tries a native addon and does without it: it is left unbuilt on purpose, so that an install needs no compiler.
  external: ["*.node", "cpu-features"],
  // What CommonJS packages take for granted.
  banner: {
    js: [
      'import { createRequire as __createRequire } from "node:module";',
      "const require = __createRequire(import.meta.url);",
      "const __dirname = import.meta.dirname;",
    ].join(""),
  },
  logLevel: "warning",
};

const [mode, outdir, entryPoint] = process.argv.slice(2);
if (mode === "--watch") {
  await (await context(options)).watch();
} else if (mode === "--readable") {
  // For measurements: each line is from one source file. `entryPoint`: what else than the program is built.
  const entryPoints = entryPoint === undefined ? options.entryPoints : [entryPoint];
  await build({ ...options, entryPoints, outdir, minifyWhitespace: false, sourcemap: true });
} else {
  // Built beside and swapped: a swarmlab that runs meanwhile finds its parts.
  await build({ ...options, outdir: "dist.partial" });
  await rm("dist", { recursive: true, force: true });
  await rename("dist.partial", "dist");
}

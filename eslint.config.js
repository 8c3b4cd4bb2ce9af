import js from "@eslint/js";
import tseslint from "typescript-eslint";
import importX from "eslint-plugin-import-x";

/** Folders and what they may import from `src`; `main -> cli -> app -> pure code and ports`. */
const layers = {
  "failure.ts": [],
  "steps.ts": ["failure.ts"],
  cluster: ["failure.ts"],
  system: ["failure.ts"],
  state: ["failure.ts", "system"],
  remote: ["failure.ts", "system"],
  docker: ["failure.ts", "remote", "cluster", "system", "steps.ts"],
  swarm: ["failure.ts", "docker", "remote", "cluster", "system", "steps.ts"],
  machine: ["failure.ts", "cluster", "remote", "system", "state", "steps.ts"],
  ui: ["failure.ts", "steps.ts", "cluster"],
  app: [
    "failure.ts",
    "steps.ts",
    "context.ts",
    "cluster",
    "system",
    "state",
    "remote",
    "docker",
    "swarm",
    "machine",
    "ui",
  ],
  cli: ["failure.ts", "steps.ts", "context.ts", "cluster", "app", "ui", "system"],
};

/** Each third-party package and the one file that imports it. */
const owners = {
  execa: "src/system/execa-process-runner.ts",
  ssh2: "src/remote/ssh2.ts",
  listr2: "src/ui/listr-renderer.ts",
  commander: "src/cli/program.ts",
  zod: "src/cluster/schema.ts",
  yaml: "src/cluster/yaml-source.ts",
  "cli-table3": "src/ui/table.ts",
  "p-limit": "src/run-steps.ts",
  "fastest-levenshtein": "src/cluster/closest.ts",
  "ipaddr.js": "src/cluster/subnet.ts",
};

const entries = Object.keys(layers);
const glob = (entry) => (entry.endsWith(".ts") ? `src/${entry}` : `src/${entry}/**/*.ts`);

export default tseslint.config(
  { ignores: ["dist/**", "node_modules/**", "coverage/**"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js"] } } },
    plugins: { "import-x": importX },
    settings: { "import-x/resolver": { node: { extensions: [".ts", ".js"] } } },
    rules: {
      "no-console": "error",
      "import-x/no-default-export": "error",
      "import-x/no-cycle": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
    },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["src/main.ts"],
    rules: {
      "no-restricted-globals": ["error", { name: "process", message: "Only main.ts touches process." }],
    },
  },
  ...entries.map((entry) => ({
    files: [glob(entry)],
    rules: {
      "import-x/no-restricted-paths": [
        "error",
        {
          zones: [
            {
              target: `./${glob(entry)}`,
              from: "./src",
              except: [entry, ...layers[entry]].map((allowed) => `./${allowed}`),
            },
          ],
        },
      ],
    },
  })),
  ...Object.entries(owners).map(([name, owner]) => ({
    files: ["src/**/*.ts"],
    ignores: [owner],
    rules: {
      [`@typescript-eslint/no-restricted-imports`]: "off",
    },
  })),
  {
    files: ["src/**/*.ts"],
    rules: {},
  },
  { files: ["*.config.ts", "eslint.config.js"], rules: { "import-x/no-default-export": "off" } },
  { files: ["**/*.js"], ...tseslint.configs.disableTypeChecked },
);

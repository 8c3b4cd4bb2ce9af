import js from "@eslint/js";
import importX from "eslint-plugin-import-x";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/**
 * What each part of `src` may import from the others; its own folder goes without saying.
 * `main -> cli -> app -> pure code and port types`; `run-program.ts` and `create-context.ts` alone may import everything.
 */
const layers = {
  "failure.ts": [],
  "steps.ts": ["failure.ts"],
  "run-steps.ts": ["failure.ts", "steps.ts", "system"],
  "context.ts": ["machine", "remote", "system", "ui"],
  cluster: ["failure.ts"],
  faults: ["failure.ts", "cluster"],
  render: ["failure.ts", "cluster"],
  system: ["failure.ts"],
  state: ["failure.ts", "system"],
  remote: ["failure.ts", "system"],
  docker: ["failure.ts", "steps.ts", "cluster", "remote", "system"],
  swarm: ["failure.ts", "steps.ts", "cluster", "docker", "remote", "system"],
  machine: [
    "failure.ts",
    "steps.ts",
    "cluster",
    "faults",
    "labs/lab-programs.ts",
    "remote",
    "render",
    "state",
    "system",
  ],
  labs: ["failure.ts", "steps.ts", "cluster", "docker", "remote", "state", "swarm", "system"],
  ui: ["failure.ts", "steps.ts", "cluster", "app"],
  app: [
    "failure.ts",
    "steps.ts",
    "run-steps.ts",
    "context.ts",
    "cluster",
    "docker",
    "faults",
    "labs",
    "machine",
    "remote",
    "render",
    "state",
    "swarm",
    "system",
    "ui/ask.ts",
    "ui/describe-failure.ts",
    "ui/ui-event.ts",
  ],
  cli: ["failure.ts", "context.ts", "app", "ui"],
};

/** Adapters stand behind ports: `create-context.ts` hands them in. */
const adapters = {
  importers: [
    "{app,cli,cluster,docker,faults,labs,render,swarm,ui}/**",
    "machine/*.ts",
    "!(create-context).ts",
  ],
  files: [
    "machine/*/**",
    "remote/{connect-ssh,dial-through,scan-host-key,ssh*}.ts",
    "system/{execa-process-runner,system-clock}.ts",
  ],
};

/** The planning half of `swarm`: functions of the cluster and of what was observed, without a port. */
const pureSwarm = {
  importers: [
    "swarm/{find-ghosts,judge-machines,membership,our-swarm,parse-swarm,plan-*,situation,swarm-*}.ts",
  ],
  files: ["{remote,system}/**", "swarm/{apply,manager-api,observe,verify*}.ts"],
};

/** Each file that imports a third-party package, or what Node has for reaching other processes; types are free. */
const owners = {
  "src/cli/program.ts": ["commander"],
  "src/cluster/closest.ts": ["fastest-levenshtein"],
  "src/cluster/schema.ts": ["zod"],
  "src/cluster/values.ts": ["zod"],
  "src/cluster/subnet.ts": ["ipaddr.js"],
  "src/cluster/edit-yaml.ts": ["yaml"],
  "src/cluster/yaml-source.ts": ["yaml"],
  "src/docker/tar-entries.ts": ["tar-stream"],
  "src/docker/certificates.ts": ["@peculiar/x509", "reflect-metadata"],
  "src/main.ts": ["node:process"],
  "src/remote/ssh2.ts": ["ssh2"],
  "src/render/template.ts": ["handlebars"],
  "src/run-steps.ts": ["p-limit"],
  "src/state/lock-place.ts": ["node:process"],
  "src/system/execa-process-runner.ts": ["execa", "node:process"],
  "src/ui/listr-renderer.ts": ["listr2"],
  "src/ui/table.ts": ["cli-table3"],
};

const inSource = (pattern) => `./src/${pattern}`;

const layerZones = Object.entries(layers).map(([part, imports]) => ({
  target: inSource(part),
  from: "./src",
  except: [part, ...imports].map((allowed) => `./${allowed}`),
  message: "See `layers` in eslint.config.js.",
}));

const zoneBetween = ({ importers, files }, message) => ({
  target: importers.map(inSource),
  from: files.map(inSource),
  message,
});

/** Later configurations replace a rule's options, so that each file gets all of its own at once. */
function restrictImports(file, own = []) {
  const free = ["\\.", "node:(?!child_process$|process$)", ...own.map((name) => `${name}(?:/|$)`)];
  const packages = { regex: `^(?!${free.join("|")})`, message: "See `owners` in eslint.config.js." };
  const reports = { regex: "/app/", message: "Reports come in as data." };
  const patterns = file.startsWith("src/ui/") ? [packages, reports] : [packages];
  return {
    files: [file],
    rules: {
      "@typescript-eslint/no-restricted-imports": [
        "error",
        { patterns: patterns.map((pattern) => ({ ...pattern, allowTypeImports: true })) },
      ],
    },
  };
}

export default defineConfig(
  { ignores: ["dist/**", "node_modules/**", "coverage/**"] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { "import-x": importX },
    settings: {
      "import-x/extensions": [".ts", ".js"],
      "import-x/parsers": { "@typescript-eslint/parser": [".ts"] },
      "import-x/resolver": { node: { extensions: [".ts", ".js"] } },
    },
    rules: {
      "no-console": "error",
      "no-restricted-syntax": [
        "error",
        { selector: "TSEnumDeclaration", message: "Use a union of strings." },
        {
          selector: "Property[key.name='format'][value.value='jwk']",
          message:
            "Node 20 may stop for good here, where it collects garbage meanwhile: have the key in DER.",
        },
      ],
      "import-x/no-default-export": "error",
      "import-x/no-cycle": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // A promise that is returned from the scope of `await using` outlives what it uses.
      "@typescript-eslint/return-await": ["error", "error-handling-correctness-only"],
      // A default that is written down answers for the rest.
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ["src/**/*.ts"],
    rules: {
      "import-x/no-restricted-paths": [
        "error",
        {
          basePath: import.meta.dirname,
          zones: [
            ...layerZones,
            zoneBetween(adapters, "An adapter; create-context.ts hands it in."),
            zoneBetween(pureSwarm, "The plan is pure."),
          ],
        },
      ],
    },
  },
  restrictImports("src/**/*.ts"),
  restrictImports("src/ui/**/*.ts"),
  Object.entries(owners).map(([file, packages]) => restrictImports(file, packages)),
  {
    files: ["src/**/*.ts"],
    ignores: ["src/main.ts"],
    rules: {
      "no-restricted-globals": ["error", { name: "process", message: "Only main.ts touches process." }],
    },
  },
  { files: ["*.config.ts", "eslint.config.js"], rules: { "import-x/no-default-export": "off" } },
  {
    files: ["**/*.js"],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { URL: "readonly", console: "readonly", process: "readonly" } },
  },
);

import type { CommandSpec, OptionSpec } from "./command.ts";
import { labOptionsOf } from "./options.ts";

/** The whole cluster as it was at a moment. */
export function snapshotCommands({
  provider,
  yes,
}: Readonly<Record<"provider" | "yes", OptionSpec>>): readonly CommandSpec[] {
  return [
    {
      name: "snapshot save",
      arguments: ["<name>"],
      summary: "keep all machines as they are now; they are stopped for it and started again",
      goOn: () => "swarmlab up   (starts the machines; what was saved in part goes)",
      options: [provider],
      run: async (context, input) => {
        const { snapshotSave } = await import("../app/snapshot-save.ts");
        const { formatSaved } = await import("../ui/snapshot-text.ts");
        const name = String(input.arguments["name"]);
        const report = await snapshotSave(context, { ...labOptionsOf(input), name });
        return { text: () => formatSaved(report), json: report };
      },
    },
    {
      name: "snapshot restore",
      arguments: ["<name>"],
      summary: "bring all machines back as they were; what they hold now is lost",
      goOn: () => "swarmlab up   (ends a restore that was begun, and starts the machines)",
      options: [provider, yes],
      run: async (context, input) => {
        const { snapshotRestore } = await import("../app/snapshot-restore.ts");
        const { formatRestored } = await import("../ui/snapshot-text.ts");
        const report = await snapshotRestore(context, {
          ...labOptionsOf(input),
          name: String(input.arguments["name"]),
          yes: input.options["yes"] === true,
        });
        return { text: (options) => formatRestored(report, options), json: report };
      },
    },
    {
      name: "snapshot list",
      summary: "which snapshots there are of this cluster",
      options: [provider],
      run: async (context, input) => {
        const { snapshotList } = await import("../app/snapshot-list.ts");
        const { formatSnapshots } = await import("../ui/snapshot-text.ts");
        const report = await snapshotList(context, labOptionsOf(input));
        return { text: (options) => formatSnapshots(report, options), json: report };
      },
    },
    {
      name: "snapshot delete",
      arguments: ["<name>"],
      summary: "take a snapshot away; the machines stay as they are",
      options: [provider],
      run: async (context, input) => {
        const { snapshotDelete } = await import("../app/snapshot-delete.ts");
        const name = String(input.arguments["name"]);
        const report = await snapshotDelete(context, { ...labOptionsOf(input), name });
        return { text: () => `Deleted the snapshot ${name}.\n`, json: report };
      },
    },
  ];
}

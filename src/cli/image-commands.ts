import type { CommandSpec, OptionSpec } from "./command.ts";
import { labOptionsOf, listOf } from "./options.ts";

/** Images on the machines, which no registry brings. */
export function imageCommands({
  provider,
  on,
}: Readonly<Record<"provider" | "on", OptionSpec>>): readonly CommandSpec[] {
  return [
    {
      name: "image load",
      arguments: ["<image...>"],
      summary: "bring images of this computer's engine, or archives of docker save, to the machines",
      options: [provider, on],
      run: async (context, input) => {
        const { imageLoad } = await import("../app/image-load.ts");
        const { formatLoadedImages } = await import("../ui/image-text.ts");
        const report = await imageLoad(context, {
          ...labOptionsOf(input),
          sources: listOf(input, "image"),
          on: String(input.options["on"] ?? "all"),
        });
        return { text: (options) => formatLoadedImages(report, options), json: report };
      },
    },
    {
      name: "image list",
      summary: "which image is on which machine",
      options: [provider],
      run: async (context, input) => {
        const { imageList } = await import("../app/image-list.ts");
        const { formatImages } = await import("../ui/image-text.ts");
        const report = await imageList(context, labOptionsOf(input));
        return { text: (options) => formatImages(report, options), json: report };
      },
    },
  ];
}

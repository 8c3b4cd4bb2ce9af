import type { ImageListReport } from "../app/image-list.ts";
import type { ImageLoadReport } from "../app/image-load.ts";
import { formatSize } from "../cluster/format-size.ts";
import type { TextOptions } from "./failure-text.ts";
import { formatTable } from "./table.ts";

/** What `image list` prints. Ends with a line break. */
export function formatImages({ machines, images }: ImageListReport, { columns }: TextOptions): string {
  if (machines.length === 0) return "No machine is running.\n";
  if (images.length === 0) return "There is no image on the machines that run.\n";
  const rows = images.map(({ name, id, sizeBytes, machines: on }) => [
    name ?? "<none>",
    shortId(id),
    formatSize(sizeBytes),
    on.length === machines.length ? "all" : on.join(", "),
  ]);
  return formatTable({ head: ["IMAGE", "ID", "SIZE", "MACHINES"], rows, columns });
}

/** What `image load` prints. Ends with a line break. */
export function formatLoadedImages({ loaded }: ImageLoadReport, { columns }: TextOptions): string {
  const rows = loaded.flatMap(({ images, machines }) =>
    images.map(({ id, tags }) => [
      tags.length === 0 ? "<none>" : tags.join(", "),
      shortId(id),
      ...changes.map((change) =>
        machines.flatMap((machine) => (machine.change === change ? machine.name : [])).join(", "),
      ),
    ]),
  );
  return formatTable({ head: ["IMAGE", "ID", "LOADED", "NAME GIVEN", "THERE BEFORE"], rows, columns });
}

const changes = ["loaded", "tagged", "unchanged"] as const;

/** As the docker CLI shows it. */
const shortId = (id: string): string => id.replace(/^sha256:/, "").slice(0, 12);

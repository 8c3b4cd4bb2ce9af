import Table from "cli-table3";

export interface TableContent {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Width to stay within, in characters. */
  readonly columns: number;
}

/** Aligned columns without borders; where they do not fit, one block for each row. Ends with a line break. */
export function formatTable(content: TableContent): string {
  const table = asColumns(content);
  const width = Math.max(...table.split("\n").map((line) => line.length));
  return width <= content.columns ? table : asBlocks(content);
}

function asColumns({ head, rows }: TableContent): string {
  return draw([head, ...rows]);
}

function asBlocks({ head, rows }: TableContent): string {
  return rows.map((row) => draw(head.map((title, index) => [title, row[index] ?? ""]))).join("\n");
}

function draw(rows: readonly (readonly string[])[]): string {
  const table = new Table({ chars: noBorders, style: { "padding-left": 0, "padding-right": 2 } });
  table.push(...rows.map((row) => [...row]));
  const lines = table.toString().split("\n");
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

const noBorders = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
} as const;

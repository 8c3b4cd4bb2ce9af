/** The name of another host, or `user@address[:port]`. */
export const jumpPattern = /^(?:[\w.-]+|[^\s@:]+@[\w.-]+(?::\d{1,5})?)$/;

/** Where one jumps through, as it was written. */
export type Jump =
  | { readonly kind: "host"; readonly name: string }
  | { readonly kind: "other"; readonly user: string; readonly address: string; readonly port: number };

/** Reads what `jumpPattern` accepts. */
export function parseJump(text: string): Jump {
  const [user = "", place] = text.split("@");
  if (place === undefined) return { kind: "host", name: text };
  const [address = "", port = "22"] = place.split(":");
  return { kind: "other", user, address, port: Number(port) };
}

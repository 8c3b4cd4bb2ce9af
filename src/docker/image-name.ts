/** An image's name as the CLI shows it: without Docker's own registry, and with a tag. `docker.io/library/nginx` is `nginx:latest`. */
export function familiarName(name: string): string {
  const short = name.replace(/^docker\.io\/(library\/)?/, "");
  return splitName(short).tag === "" ? `${short}:latest` : short;
}

/** A name's two parts; the tag is empty where there is none. A port of the registry is no tag. */
export function splitName(name: string): { readonly repository: string; readonly tag: string } {
  const colon = name.indexOf(":", name.lastIndexOf("/") + 1);
  return colon < 0
    ? { repository: name, tag: "" }
    : { repository: name.slice(0, colon), tag: name.slice(colon + 1) };
}

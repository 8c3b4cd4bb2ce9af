/** A path that shows that it is one (`/…`, `./…`, `../…`), or the name of a Vagrant box, `owner/name`. */
export const boxPattern = /^(?:\.{0,2}\/.*|[\w-][\w.-]*\/[\w.-]+)$/;

/** Whether a box that `boxPattern` accepts is the path of a root tree and not the name of a Vagrant box. */
export function isBoxPath(box: string): boolean {
  return /^\.{0,2}\//.test(box);
}

/** Words of several views: numbers of things, and places in full. */

import type { Place } from "../snapshot";

/** "1 line", "2 lines". */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** A place by the name of its object, or of its file, and its line: `release:12`. */
export function shortName({ file, object, line }: Place): string {
  const name = object ?? file;
  return `${name.slice(name.lastIndexOf("/") + 1)}:${line}`;
}

/** All that is known of a place, in a line. */
export function placeTitle(place: Place): string {
  const [group, name] = parted(place.file);
  const file = `${name} line ${place.line}`;
  const where = group === "" ? file : `${file}, ${group}`;
  const role = place.role === undefined ? "" : `${place.role} of `;
  return place.object === undefined ? where : `${role}${place.object}, ${where}`;
}

function parted(file: string): [group: string, name: string] {
  const at = file.indexOf("/");
  if (file.startsWith("current/")) return ["current cluster", file.slice(at + 1)];
  if (file.startsWith("proposed/")) return ["proposed change", file.slice(at + 1)];
  return ["", file];
}

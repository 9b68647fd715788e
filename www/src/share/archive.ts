/** Everything as files: as people would apply them, and what else the page was asked. */

import type { Shared } from "./link";
import type { ZipEntry } from "./zip";

/** Objects in `current/` and `proposed/`, images beside them, and how to ask the same again. */
export function entriesOf(shared: Shared): ZipEntry[] {
  const entries = shared.files.map(({ group, name, text }) => ({ name: `${group}/${name}`, text }));
  const { openshift, release_image, images, down } = shared;
  if (images.trim() !== "") entries.push({ name: "images.txt", text: `${images.trimEnd()}\n` });
  const removed = shared.files.filter((file) => file.removed === true).map(({ name }) => `current/${name}`);
  const about = { openshift, ...(release_image === undefined ? {} : { release_image }), down, removed };
  entries.push({ name: "settings.json", text: `${JSON.stringify(about, null, 2)}\n` });
  return entries;
}

/** How a migration becomes part of the proposed change. */

import type { InputFile } from "../snapshot";
import { nameOf } from "../state";

/** A file with what is new in the place of what was. */
export interface NewText {
  /** Its name in places, such as `current/NAME`. */
  file: string;
  text: string;
}

export interface MigrationChange {
  /** The files as they are, those with policies marked as deleted. */
  files: InputFile[];
  /** What takes their place in the proposed change. */
  added: InputFile[];
  /** Texts of files that are proposed already. */
  replaced: NewText[];
}

/** Deletes current files with policies and proposes what is new; proposed ones change in place. */
export function change(files: readonly InputFile[], news: readonly NewText[]): MigrationChange {
  const texts = new Map(news.map(({ file, text }) => [file, text]));
  const added: InputFile[] = [];
  const replaced: NewText[] = [];
  const taken = new Set(files.filter(({ group }) => group === "proposed").map(({ name }) => name));
  const marked = files.map((file): InputFile => {
    const text = texts.get(nameOf(file));
    if (text === undefined || text === file.text) return file;
    if (file.group === "proposed") {
      replaced.push({ file: nameOf(file), text });
      return file;
    }
    const name = freeName(file.name, taken);
    taken.add(name);
    added.push({ group: "proposed", name, text });
    return { ...file, removed: true };
  });
  return { files: marked, added, replaced };
}

/** A name that no other has: `a.yaml`, then `a-2.yaml`. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  const dot = name.lastIndexOf(".");
  const [stem, end] = dot <= 0 ? [name, ""] : [name.slice(0, dot), name.slice(dot)];
  let n = 2;
  while (taken.has(`${stem}-${n}${end}`)) n += 1;
  return `${stem}-${n}${end}`;
}

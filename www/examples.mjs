/**
 * The examples of the page, read from `examples/NAME`: `example.json` says what there is to see,
 * `current/` and `proposed/` hold the files.
 */

import { readdirSync, readFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where they are. */
export const EXAMPLES_DIR = fileURLToPath(new URL("examples", import.meta.url));

const FIELDS = ["title", "sentence", "order", "openshift", "images", "view", "open"];

/**
 * All examples in their order, as the page takes them (`Example` in `src/state.ts`). The file that
 * is to be open stands first, then come those of its group.
 */
export function readExamples(dir = EXAMPLES_DIR) {
  const examples = readdirSync(dir).map((name) => readExample(dir, name));
  return examples.sort((a, b) => a.order - b.order).map(({ order: _, ...example }) => example);
}

function readExample(dir, name) {
  const about = JSON.parse(readFileSync(join(dir, name, "example.json"), "utf8"));
  const missing = FIELDS.filter((field) => !(field in about));
  const unknown = Object.keys(about).filter((field) => !FIELDS.includes(field));
  if (missing.length > 0 || unknown.length > 0) {
    throw new Error(`example ${name}: missing [${missing}], unknown [${unknown}]`);
  }
  const files = ["proposed", "current"].flatMap((group) => filesOf(dir, name, group));
  const open = files.findIndex((file) => `${file.group}/${file.name}` === about.open);
  if (open === -1) throw new Error(`example ${name}: there is no ${about.open}`);
  files.unshift(...files.splice(open, 1));
  const { title, sentence, order, openshift, images, view } = about;
  return { name, title, sentence, order, openshift, view, images: images.join("\n"), files };
}

function filesOf(dir, example, group) {
  const folder = join(dir, example, group);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).sort();
  return names.map((name) => ({ group, name, text: readFileSync(join(folder, name), "utf8") }));
}

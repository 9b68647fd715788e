/**
 * Links that hold everything: `#v1.`, then JSON, compressed and as base64. What is behind `#` is
 * never sent to a server.
 *
 * What equals the example is left out. Old links are read for ever: a new form gets a new number
 * and a reader beside the old ones. Fields that are not known are kept and written again.
 */

import type { FileName, Group, InputFile, View } from "../snapshot";
import { VIEWS } from "../snapshot";
import { TooLarge, crc32, deflate, fromBase64Url, inflate, toBase64Url } from "./bytes";
import {
  MAX_DOWN,
  MAX_FILES,
  MAX_FRAGMENT_CHARS,
  MAX_IMAGES_CHARS,
  MAX_JSON_BYTES,
  MAX_KEPT_CHARS,
  MAX_NAME_CHARS,
  MAX_WORD_CHARS,
} from "./limits";

/** Everything that a link says. */
export interface Shared {
  files: InputFile[];
  openshift: string;
  release_image?: string;
  /** One a line. */
  images: string;
  down: string[];
  view: View;
  /** The file that is open, `GROUP/NAME`; `null` for the first. */
  open: FileName | null;
  /** Of the program that wrote the link. */
  version: string | null;
  /** What is not understood, as a newer page wrote it. */
  kept: ReadonlyMap<string, unknown>;
}

/** What a link can be relative to: an example of the page. */
export interface Base {
  name: string;
  files: InputFile[];
  images: string;
  openshift?: string;
  view?: View;
}

/** Why there is no link, or nothing in one; the message is for people. */
export class LinkError extends Error {}

/** A link that was read. */
export interface Read {
  shared: Shared;
  /** The example that it is relative to. */
  example: string | null;
  /** What people should know of it. */
  notices: string[];
}

/** A file as links have it; without a text the change deletes it, or it is as in the example. */
type FileJson = { group: Group; name: string; text?: string; removed?: true };

const NEWEST = "v1";

/** The link's fields that this page knows. */
const FIELDS = new Set([
  "version",
  "example",
  "check",
  "files",
  "openshift",
  "release_image",
  "images",
  "down",
  "view",
  "open",
]);

/**
 * The fragment, from `#` on. `base` is the example that the state began as, which the link is
 * relative to where they have a file in common.
 *
 * Throws `LinkError` where something is over a limit.
 */
export async function encodeLink(shared: Shared, base: Base | null): Promise<string> {
  const problem = problemOf(shared);
  if (problem !== null) throw new LinkError(problem);
  const json = JSON.stringify(Object.fromEntries(fieldsOf(shared, base)));
  const bytes = new TextEncoder().encode(json);
  if (MAX_JSON_BYTES < bytes.length) throw new LinkError(`there are more than ${MAX_JSON_BYTES} bytes`);
  const fragment = `#${NEWEST}.${toBase64Url(await deflate(bytes))}`;
  if (MAX_FRAGMENT_CHARS < fragment.length) {
    throw new LinkError(`the link would have more than ${MAX_FRAGMENT_CHARS} characters`);
  }
  return fragment;
}

/** Whether nothing differs from an example. */
export function equalsBase(shared: Shared, base: Base): boolean {
  return fieldsOf({ ...shared, version: null }, base).every(([name]) => name === "example" || name === "check");
}

function fieldsOf(shared: Shared, base: Base | null): [string, unknown][] {
  const fields: [string, unknown][] = [];
  const same = base === null ? [] : shared.files.filter((file) => base.files.some((it) => isSame(it, file)));
  const relative = same.length > 0 ? base : null;
  if (shared.version !== null) fields.push(["version", shared.version]);
  if (relative !== null) fields.push(["example", relative.name], ["check", checkOf(relative)]);
  const files = shared.files.map((file): FileJson => {
    const { group, name, text } = file;
    const removed = file.removed === true ? { removed: true as const } : {};
    return relative !== null && same.includes(file) ? { group, name } : { group, name, text, ...removed };
  });
  const is_as_base =
    relative !== null && files.length === relative.files.length && files.every((file) => file.text === undefined);
  if (!is_as_base) fields.push(["files", files]);
  const plain: [string, unknown, unknown][] = [
    ["openshift", shared.openshift, relative?.openshift ?? ""],
    ["release_image", shared.release_image ?? "", ""],
    ["images", shared.images, relative?.images ?? ""],
    ["view", shared.view, relative?.view ?? "trace"],
    ["open", shared.open ?? "", first(relative?.files ?? shared.files)],
  ];
  for (const [name, value, usual] of plain) if (value !== usual && value !== "") fields.push([name, value]);
  // An example's images that were taken away are told by an empty text.
  if (shared.images === "" && (relative?.images ?? "") !== "") fields.push(["images", ""]);
  if (shared.down.length > 0) fields.push(["down", shared.down]);
  for (const [name, value] of shared.kept) fields.push([name, value]);
  return fields;
}

function first(files: readonly InputFile[]): FileName {
  const file = files[0];
  return file === undefined ? "" : `${file.group}/${file.name}`;
}

function isSame(a: InputFile, b: InputFile): boolean {
  return a.group === b.group && a.name === b.name && a.text === b.text && !a.removed && !b.removed;
}

/** A checksum of what links leave out, so that a changed example is noticed. */
function checkOf(base: Base): string {
  const { files, images, openshift, view } = base;
  const texts = files.map(({ group, name, text }) => [group, name, text]);
  return crc32(new TextEncoder().encode(JSON.stringify([texts, images, openshift, view]))).toString(36);
}

function problemOf(shared: Shared): string | null {
  if (MAX_FILES < shared.files.length) return `there are more than ${MAX_FILES} files`;
  const odd = shared.files.find((file) => !isName(file.name));
  if (odd !== undefined) return `no file in a link can have the name \`${odd.name.slice(0, MAX_NAME_CHARS)}\``;
  if (MAX_IMAGES_CHARS < shared.images.length) return `the images have more than ${MAX_IMAGES_CHARS} characters`;
  if (MAX_DOWN < shared.down.length) return `more than ${MAX_DOWN} hosts are down`;
  const words = [shared.openshift, shared.release_image ?? "", ...shared.down];
  if (words.some((word) => MAX_WORD_CHARS < word.length)) return `a name has more than ${MAX_WORD_CHARS} characters`;
  return null;
}

/** Whether a file may have a name: one that is a path which stays where it is, on every system. */
export function isName(name: string): boolean {
  const parts = name.split("/");
  return (
    name.length <= MAX_NAME_CHARS &&
    !/[\u0000-\u001f\u007f\\]/.test(name) &&
    parts.every((part) => part !== "" && part !== "." && part !== "..")
  );
}

/** What each form of links is read with. */
const READERS: Record<string, (json: Map<string, unknown>, base: Base | null) => Read> = { v1: readV1 };

/**
 * What a fragment says; `null` for one that is no link. `find` gives the example of a name.
 *
 * Throws `LinkError` where it is damaged, too large, or of a form that is not known.
 */
export async function decodeLink(
  fragment: string,
  find: (name: string) => Promise<Base | null>,
): Promise<Read | null> {
  const match = /^#?(v\d{1,4})\.(.*)$/s.exec(fragment);
  if (match === null) return null;
  const [, form = "", payload = ""] = match;
  if (!Object.hasOwn(READERS, form)) throw new LinkError(`the link is of a newer form, \`${form}\``);
  if (MAX_FRAGMENT_CHARS < fragment.length) {
    throw new LinkError(`the link has more than ${MAX_FRAGMENT_CHARS} characters`);
  }
  const json = await jsonOf(payload);
  const name = json.get("example");
  const base = typeof name === "string" && name.length <= MAX_WORD_CHARS ? await find(name) : null;
  const read = READERS[form];
  if (read === undefined) throw new LinkError("the link cannot be read");
  return read(json, base);
}

async function jsonOf(payload: string): Promise<Map<string, unknown>> {
  const damaged = new LinkError("the link is damaged: a part of it is missing or was changed");
  const compressed = fromBase64Url(payload);
  if (compressed === null) throw damaged;
  let json: unknown;
  try {
    const bytes = await inflate(compressed, MAX_JSON_BYTES);
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    if (error instanceof TooLarge) throw new LinkError(`the link holds ${error.message}`);
    throw damaged;
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw damaged;
  return new Map(Object.entries(json));
}

function readV1(json: Map<string, unknown>, base: Base | null): Read {
  const notices: string[] = [];
  const example = json.get("example");
  if (typeof example === "string" && base === null) {
    notices.push(`there is no example \`${example.slice(0, MAX_WORD_CHARS)}\` any more, of which the link leaves out parts`);
  } else if (base !== null && json.get("check") !== checkOf(base)) {
    notices.push(`the example \`${base.name}\` has changed since the link was made, which leaves out parts of it`);
  }
  const files = filesOf(json.get("files"), base);
  const release_image = wordOf(json.get("release_image"));
  const view = json.get("view");
  const images = json.get("images");
  if (typeof images === "string" && MAX_IMAGES_CHARS < images.length) {
    throw new LinkError(`the images have more than ${MAX_IMAGES_CHARS} characters`);
  }
  const down = json.get("down");
  const hosts = Array.isArray(down) ? down.filter((it): it is string => wordOf(it) !== null) : [];
  if (MAX_DOWN < hosts.length) throw new LinkError(`more than ${MAX_DOWN} hosts are down`);
  const shared: Shared = {
    files,
    openshift: wordOf(json.get("openshift")) ?? base?.openshift ?? "",
    ...(release_image === null ? {} : { release_image }),
    images: typeof images === "string" ? images : (base?.images ?? ""),
    down: hosts,
    view: VIEWS.find((it) => it === view) ?? base?.view ?? "trace",
    open: wordOf(json.get("open")),
    version: wordOf(json.get("version")),
    kept: keptOf(json, notices),
  };
  return { shared, example: base?.name ?? null, notices };
}

function filesOf(json: unknown, base: Base | null): InputFile[] {
  if (json === undefined) return (base?.files ?? []).slice();
  if (!Array.isArray(json)) throw new LinkError("the link is damaged: its files are none");
  if (MAX_FILES < json.length) throw new LinkError(`the link has more than ${MAX_FILES} files`);
  const files: InputFile[] = [];
  for (const it of json) {
    if (typeof it !== "object" || it === null) throw new LinkError("the link is damaged: a file is none");
    const { group, name, text, removed } = it as Record<string, unknown>;
    if ((group !== "current" && group !== "proposed") || typeof name !== "string" || !isName(name)) {
      throw new LinkError("the link is damaged: a file has no name that can be one");
    }
    if (files.some((file) => file.group === group && file.name === name)) continue;
    const known = base?.files.find((file) => file.group === group && file.name === name);
    if (typeof text === "string") files.push({ group, name, text, ...(removed === true ? { removed } : {}) });
    else if (known !== undefined) files.push(known);
  }
  return files;
}

function wordOf(json: unknown): string | null {
  return typeof json === "string" && json.length <= MAX_WORD_CHARS ? json : null;
}

function keptOf(json: Map<string, unknown>, notices: string[]): Map<string, unknown> {
  const kept = new Map<string, unknown>();
  let n_chars = 0;
  for (const [name, value] of json) {
    if (FIELDS.has(name)) continue;
    n_chars += name.length + lengthOf(value);
    if (n_chars <= MAX_KEPT_CHARS) kept.set(name, value);
  }
  if (kept.size > 0) notices.push("the link is of a newer page: parts of it are not understood here, and kept");
  return kept;
}

/** The length as JSON; of what is nested too deeply to be written there is no end. */
function lengthOf(value: unknown): number {
  try {
    return JSON.stringify(value).length;
  } catch {
    return Infinity;
  }
}

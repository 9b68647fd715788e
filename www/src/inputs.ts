/** Texts that come from outside: files that are picked or dropped, and what is pasted. */

import { freeName } from "./parts/files";
import type { Group, InputFile } from "./snapshot";
import type { Actions, State } from "./state";

/** As much as the engine reads of one text. */
export const MAX_FILE_BYTES = 4 << 20;

/** More than a cluster has; each is looked at by its name in every view. */
export const MAX_FILES_AT_ONCE = 200;

/** A text with the name that it came with. */
export interface Incoming {
  name: string;
  text: string;
}

/** As many chains as can be shown without keeping people waiting; the command line has no end. */
export const MAX_IMAGES = 200;

/** The images of a field: one a line, without comments and empty lines, each once. */
export function imagesIn(images: string): string[] {
  const lines = images.split("\n").map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== "" && !line.startsWith("#")))];
}

/** Those of them that the engine is asked for. */
export function asked(images: string): string[] {
  return imagesIn(images).slice(0, MAX_IMAGES);
}

/** Asks for files. */
export function pick(): Promise<File[]> {
  return new Promise((resolve) => {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = true;
    input.accept = ".yaml,.yml,.json,.txt,.conf,.toml";
    input.onchange = () => resolve(Array.from(input.files ?? []));
    input.oncancel = () => resolve([]);
    input.click();
  });
}

/** Reads files and adds them to a group; says what is not read, and why. */
export async function addAll(files: readonly File[], group: Group, state: State, actions: Actions): Promise<void> {
  if (files.length === 0) return;
  if (MAX_FILES_AT_ONCE < files.length) {
    actions.say(`not read: more than ${MAX_FILES_AT_ONCE} files`);
    return;
  }
  const large = files.find((file) => MAX_FILE_BYTES < file.size);
  if (large !== undefined) {
    actions.say(`not read: ${large.name} is larger than ${MAX_FILE_BYTES >> 20} MiB`);
    return;
  }
  const texts = await Promise.all(files.map(async (file) => ({ name: file.name, text: await file.text() })));
  add(texts, group, state, actions);
}

/** Adds texts to a group. */
export function add(texts: readonly Incoming[], group: Group, state: State, actions: Actions): void {
  const files: InputFile[] = [...state.files];
  for (const { name, text } of texts) files.push({ group, name: freeName(files, group, name), text });
  actions.set({ files, open: state.files.length, part: "editor", dialog: null });
  const first = texts[0];
  actions.say(texts.length === 1 && first !== undefined ? `${first.name} is read` : `${texts.length} files are read`);
}

/** Takes what is dropped on the page, and what is pasted outside of fields. */
export function takeInputs(read: () => State, actions: Actions): void {
  const groupAt = (event: Event): { group: Group; element: Element | null } => {
    const target = event.target instanceof Element ? event.target.closest("[data-group]") : null;
    return { group: target?.getAttribute("data-group") === "proposed" ? "proposed" : "current", element: target };
  };
  const unmark = (): void => {
    for (const it of document.querySelectorAll(".is-over")) it.classList.remove("is-over");
  };
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    unmark();
    const { group, element } = groupAt(event);
    (element ?? document.querySelector(`[data-group="${group}"]`))?.classList.add("is-over");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) unmark();
  });
  document.addEventListener("drop", (event) => {
    unmark();
    const files = Array.from(event.dataTransfer?.files ?? []);
    if (files.length === 0) return;
    event.preventDefault();
    void addAll(files, groupAt(event).group, read(), actions);
  });
  document.addEventListener("paste", (event) => {
    const target = event.composedPath()[0];
    const isField =
      target instanceof HTMLInputElement ||
      target instanceof HTMLTextAreaElement ||
      (target instanceof HTMLElement && target.isContentEditable);
    if (isField || read().dialog !== null) return;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (text.trim() === "") return;
    event.preventDefault();
    add([{ name: "pasted.yaml", text }], groupAt(event).group, read(), actions);
  });
}

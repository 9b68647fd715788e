/** The files, in the two groups that everything is worked out from. */

import { h, type Child, type VNode } from "../dom";
import { icon } from "../icons";
import type { Group, InputFile, Severity } from "../snapshot";
import { nameOf, type Actions, type State } from "../state";
import { SEVERITIES, WORDS } from "../severity";

const GROUPS: readonly { group: Group; title: string; hint: string }[] = [
  { group: "current", title: "current cluster", hint: "what is applied now" },
  { group: "proposed", title: "proposed change", hint: "what would be applied" },
];

export function filesPart(state: State, actions: Actions): VNode {
  return h(
    "section",
    { class: "files", id: "files", "aria-label": "files" },
    GROUPS.map(({ group, title, hint }) => groupPart(state, actions, group, title, hint)),
    h(
      "p",
      { class: "files-hint" },
      "Drop files here, or paste what ",
      h("code", null, "oc get idms,itms,icsp,image.config -o yaml"),
      " prints.",
    ),
  );
}

function groupPart(state: State, actions: Actions, group: Group, title: string, hint: string): VNode {
  const rows = state.files.flatMap((file, idx) =>
    file.group === group ? [fileRow(state, actions, file, idx)] : [],
  );
  return h(
    "section",
    { class: `group group-${group}`, "data-group": group, "aria-labelledby": `group-${group}` },
    h(
      "div",
      { class: "group-head" },
      h("h2", { id: `group-${group}` }, title),
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          title: `open files into the ${title}`,
          onclick: () => actions.openFiles(group),
        },
        "open",
      ),
      h(
        "button",
        {
          type: "button",
          class: "quiet square",
          title: `add a file to the ${title}`,
          "aria-label": `add a file to the ${title}`,
          onclick: () => actions.addFile({ group, name: freeName(state.files, group), text: "" }),
        },
        icon("plus"),
      ),
    ),
    rows.length === 0 ? h("p", { class: "group-empty" }, `nothing: ${hint}`) : h("ul", { role: "list" }, rows),
  );
}

function fileRow(state: State, actions: Actions, file: InputFile, idx: number): VNode {
  const isOpen = idx === state.open;
  return h(
    "li",
    { class: `file${isOpen ? " is-open" : ""}${file.removed ? " is-removed" : ""}`, key: nameOf(file) },
    state.renaming === idx
      ? nameField(state, actions, file, idx)
      : h(
          "button",
          {
            type: "button",
            class: "file-name",
            "aria-current": isOpen ? "true" : false,
            onclick: () => actions.set({ open: idx, renaming: -1, part: state.part === "files" ? "editor" : state.part }),
            ondblclick: () => actions.set({ renaming: idx }),
          },
          icon("file"),
          h("span", { class: "file-text" }, file.name),
          file.removed ? h("span", { class: "file-note" }, "removed") : null,
          counts(state, file),
        ),
    isOpen && state.renaming !== idx ? fileTools(state, actions, file, idx) : null,
  );
}

function counts(state: State, file: InputFile): Child {
  const own = state.snapshot?.findings.filter((finding) => finding.place.file === nameOf(file)) ?? [];
  const worst = SEVERITIES.find((severity: Severity) => own.some((finding) => finding.severity === severity));
  if (worst === undefined) return null;
  return h(
    "span",
    { class: `count ${worst}` },
    icon(worst),
    String(own.length),
    h("span", { class: "unseen" }, own.length === 1 ? ` finding, ${WORDS[worst].one}` : ` findings, worst: ${WORDS[worst].one}`),
  );
}

function nameField(state: State, actions: Actions, file: InputFile, idx: number): VNode {
  const rename = (name: string): void => {
    const isTaken = state.files.some((it, at) => at !== idx && it.group === file.group && it.name === name);
    if (name === "" || isTaken || name === file.name) {
      if (isTaken) actions.say(`there is a file ${name} already`);
      actions.set({ renaming: -1 });
      return;
    }
    actions.set({ renaming: -1, files: changed(state.files, idx, { ...file, name }) });
  };
  return h("input", {
    class: "file-field",
    type: "text",
    value: file.name,
    "aria-label": `name of ${file.name}`,
    spellcheck: "false",
    autocomplete: "off",
    "data-focus": "true",
    onkeydown: (event) => {
      if (!(event instanceof KeyboardEvent) || !(event.target instanceof HTMLInputElement)) return;
      if (event.key === "Enter") rename(event.target.value.trim());
      if (event.key === "Escape") actions.set({ renaming: -1 });
    },
    onblur: (event) => {
      if (event.target instanceof HTMLInputElement && event.target.isConnected) rename(event.target.value.trim());
    },
  });
}

function fileTools(state: State, actions: Actions, file: InputFile, idx: number): VNode {
  const tool = (words: string, title: string, onclick: () => void, pressed?: boolean): VNode =>
    h("button", { type: "button", class: "quiet", title, onclick, "aria-pressed": pressed === undefined ? false : String(pressed) }, words);
  const other: Group = file.group === "current" ? "proposed" : "current";
  const move = (): void => {
    const name = freeName(state.files, other, file.name);
    const moved: InputFile = { group: other, name, text: file.text };
    actions.set({ files: changed(state.files, idx, moved) });
  };
  return h(
    "div",
    { class: "file-tools", role: "group", "aria-label": `what to do with ${file.name}` },
    file.group === "current"
      ? [
          tool("change it", "copy it into the proposed change, and edit it there", () =>
            actions.addFile({ group: "proposed", name: freeName(state.files, "proposed", file.name), text: file.text }),
          ),
          tool(
            "removed",
            "whether the change deletes its objects",
            () => actions.set({ files: changed(state.files, idx, { ...file, removed: !file.removed }) }),
            file.removed === true,
          ),
        ]
      : null,
    tool("rename", "give it another name", () => actions.set({ renaming: idx })),
    tool("move", `move it to the ${other === "current" ? "current cluster" : "proposed change"}`, move),
    tool("delete", "take it off this page", () => actions.removeFile(idx)),
  );
}

function changed(files: InputFile[], idx: number, file: InputFile): InputFile[] {
  return files.map((it, at) => (at === idx ? file : it));
}

/** A name that no file of the group has. */
export function freeName(files: readonly InputFile[], group: Group, wanted = "new.yaml"): string {
  const isTaken = (name: string): boolean => files.some((file) => file.group === group && file.name === name);
  if (!isTaken(wanted)) return wanted;
  const dot = wanted.lastIndexOf(".");
  const [stem, end] = dot > 0 ? [wanted.slice(0, dot), wanted.slice(dot)] : [wanted, ""];
  let n = 2;
  while (isTaken(`${stem}-${n}${end}`)) n += 1;
  return `${stem}-${n}${end}`;
}

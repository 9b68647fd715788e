/** Where the page comes to life: the nodes that were built become those of the state. */

import { start } from "../generated/start";
import { actionsOn, requestOf } from "./actions";
import { patch } from "./dom";
import { startEngine } from "./engine";
import { takeInputs } from "./inputs";
import { onKey, type Targets } from "./keys";
import { page } from "./page";
import { summary } from "./severity";
import type { Snapshot } from "./snapshot";
import { nameOf, stateOf, type State } from "./state";
import { storeOf } from "./store";
import { plainField, type TextEvents, type TextField } from "./text-field";
import { applyTheme, readTheme } from "./theme";
import { TYPED_CHARS, typed } from "./typed";

/** How long nothing may change before counts are told to those who listen. */
const QUIET_MS = 500;

/** The name of the mark of the last answer that is shown. */
const SHOWN = "pullproof:shown";

performance.mark("pullproof:boot");

const engine = startEngine(window.startWorker, {
  onReady(isWhole) {
    performance.mark("pullproof:engine");
    if (isWhole) performance.mark("pullproof:whole");
    loadNear();
  },
  onSnapshot: hear,
  onRestart(reason) {
    store.change({ engine: { kind: "restarted", reason } });
  },
});

const store = storeOf({ ...stateOf(start), theme: readTheme() }, update);
const actions = actionsOn(store, () => engine);
let field: TextField | null = null;
let quiet: ReturnType<typeof setTimeout> | undefined;
let isFirst = true;
/** Whether the place that was asked for last has been brought into view. */
let isRevealed = true;

const events: TextEvents = {
  onText(text) {
    const { files, open } = store.state();
    actions.set({ files: files.map((file, idx) => (idx === open ? { ...file, text } : file)) });
  },
  onFix: (finding) => actions.previewFix(finding),
};

const targets: Targets = {
  focusEditor() {
    actions.set({ part: "editor", sheet: false });
    queueMicrotask(() => field?.focus());
  },
  focusImages() {
    queueMicrotask(() => document.getElementById("images")?.focus());
  },
  fixAtCursor() {
    const { files, open, snapshot } = store.state();
    const file = files[open];
    if (field === null || file === undefined || snapshot === null) return false;
    const line = file.text.slice(0, field.cursor()).split("\n").length;
    const at = snapshot.findings.findIndex(
      ({ place, fix }) => fix !== undefined && place.file === nameOf(file) && place.line === line,
    );
    if (at < 0) return false;
    actions.previewFix(at);
    return true;
  },
};

function hear(snapshot: Snapshot): void {
  const state = store.state();
  if (snapshot.revision !== state.revision) return;
  const good = snapshot.readable ? { snapshot, at: Date.now() } : state.good;
  const finding = state.finding < snapshot.findings.length ? state.finding : -1;
  store.change({ snapshot, good, finding, engine: { kind: "ready" } });
  clearTimeout(quiet);
  quiet = setTimeout(() => store.change({ counted: summary(snapshot) }), QUIET_MS);
  if (!isFirst) return;
  isFirst = false;
  queueMicrotask(() => {
    performance.mark("pullproof:first-findings");
    document.documentElement.dataset["alive"] = "";
    actions.bring(loadEditor(), () => {});
  });
}

/** Puts what the state says into the document. */
function update(state: State, before: State): void {
  const isAsked = state.revision !== before.revision;
  const n_typed = typed(state, before);
  // First of all, so that the engine works while the page is put right.
  if (isAsked) engine.ask(requestOf(state), n_typed !== null && n_typed <= TYPED_CHARS);
  closeOther(state);
  // What is typed is in the editor already, and the rest of the page waits for the answer.
  if (n_typed === null) patch(document.body, page(state, actions));
  for (const dialog of document.querySelectorAll("dialog:not([open])")) {
    if (dialog instanceof HTMLDialogElement) dialog.showModal();
  }
  if (state.sizes !== before.sizes) {
    for (const [name, size] of Object.entries(state.sizes)) {
      document.documentElement.style.setProperty(`--${name}`, `${size}%`);
    }
  }
  if (state.theme !== before.theme) applyTheme(state.theme);
  if (state.renaming !== before.renaming) focusName();
  if (state.files !== before.files || state.open !== before.open) field?.show(state.files, state.open);
  if (state.snapshot !== before.snapshot || state.open !== before.open) {
    field?.mark(state.snapshot?.findings ?? [], state.snapshot?.revision === state.revision);
  }
  if (state.snapshot !== before.snapshot) tellShown();
  if (state.shown !== before.shown) isRevealed = state.shown === null;
  if (!isRevealed) reveal(state);
  if (state.finding !== before.finding) {
    document.getElementById(`finding-${state.finding}`)?.scrollIntoView({ block: "nearest" });
  }
  // Once for each time that somebody wants it: what did not come is told, which is a change, too.
  if (state.view !== before.view || state.dialog !== before.dialog) loadFor(state);
  // The first revision is that of the start, which needs no address.
  if (isAsked && before.revision > start.snapshot.revision) keepAddress();
}

/** Loads what a view or a dialog wants and is not there. */
function loadFor({ rest, view, dialog, examples }: State): void {
  if (rest === null && (view !== "trace" || dialog !== null)) loadRest();
  if (dialog?.kind === "examples" && examples === null) {
    actions.bring(import("../generated/examples"), ({ examples }) => store.change({ examples }));
  }
  if (dialog?.kind === "share" && dialog.prepared === undefined) {
    actions.bring(import("./share/deeds"), ({ fillDialog }) => void fillDialog(store, engine.askAside));
  }
}

/** Leaves a mark for whoever measures: the newest answer is in the document, and no other mark is. */
function tellShown(): void {
  performance.clearMarks(SHOWN);
  performance.mark(SHOWN);
}

function keepAddress(): void {
  actions.bring(import("./share/deeds"), (deeds) => deeds.keepAddress(store, start.example));
}

function openLink(): void {
  if (!/^#v\d/.test(location.hash)) return;
  complete();
  actions.bring(import("./share/deeds"), (deeds) => void deeds.openLink(location.hash, store, actions));
}

/** Closes what the state no longer has, so that the focus goes back to where it was. */
function closeOther(state: State): void {
  for (const dialog of document.querySelectorAll("dialog[open]")) {
    if (dialog instanceof HTMLDialogElement && !dialog.classList.contains(`dialog-${state.dialog?.kind ?? "none"}`)) {
      dialog.close();
    }
  }
}

function focusName(): void {
  const input = document.querySelector(".file-field");
  if (!(input instanceof HTMLInputElement)) return;
  input.focus();
  input.setSelectionRange(0, Math.max(input.value.lastIndexOf("."), 0));
}

/** Brings the place that was asked for into view; the line of a file that is yet to come waits for it. */
function reveal(state: State): void {
  const { shown, files, open } = state;
  const file = files[open];
  if (shown === null) return;
  if (file !== undefined && nameOf(file) === shown.file) {
    field?.reveal(shown);
    isRevealed = true;
    return;
  }
  const line = document.querySelector("#panel .line-shown");
  line?.scrollIntoView({ block: "center" });
  // The link that led here is gone with its view, and the focus with it.
  if (document.activeElement === document.body) line?.querySelector("button")?.focus({ preventScroll: true });
  isRevealed = line !== null || (state.rest !== null && state.snapshot?.revision === state.revision);
}

/** Loads what the page does not begin with, so that it is there before somebody wants it. */
function complete(): void {
  engine.complete();
  if (store.state().rest === null) loadRest();
}

function loadRest(): void {
  actions.bring(import("./parts/rest"), (rest) => store.change({ rest }));
}

/** The editor comes once the first findings are there, and takes over what was typed by then. */
async function loadEditor(): Promise<void> {
  const host = document.querySelector<HTMLElement>(".editor-host");
  const area = document.querySelector<HTMLTextAreaElement>(".editor-text");
  if (host === null || area === null) return;
  const { openEditor } = await import("./editor");
  const state = store.state();
  field = openEditor(host, area, events);
  field.show(state.files, state.open);
  field.mark(state.snapshot?.findings ?? [], state.snapshot?.revision === state.revision);
  performance.mark("pullproof:editor");
  loadNear();
}

/** Loads what answers beside the page, once all is there that somebody can type into and be answered by. */
function loadNear(): void {
  const isThere = (mark: string) => performance.getEntriesByName(mark).length > 0;
  if (!isThere("pullproof:whole") || !isThere("pullproof:editor")) return;
  actions.bring(import("./near"), ({ nearOf }) => engine.takeNear(nearOf));
}

// Whoever does something soon asks for more than was there to be seen.
for (const sign of ["pointerdown", "keydown", "dragenter"]) {
  document.addEventListener(sign, complete, { capture: true, once: true });
}

const area = document.querySelector<HTMLTextAreaElement>(".editor-text");
if (area !== null) field = plainField(area, events);
document.addEventListener("keydown", (event) => onKey(event, store.state(), actions, targets), { capture: true });
takeInputs(store.state, actions);
applyTheme(store.state().theme);
actions.set({ images: store.state().images });
openLink();
addEventListener("hashchange", openLink);

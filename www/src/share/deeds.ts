/** What the page does with links and downloads; it is loaded when the first of them is wanted. */

import { asked } from "../inputs";
import { VIEWS, type Request, type Snapshot, type View } from "../snapshot";
import type { Actions, Example, State } from "../state";
import type { Store } from "../store";
import { entriesOf } from "./archive";
import { EVERYTHING, type Deed } from "./choice";
import { ADDRESS_DELAY_MS } from "./limits";
import { LinkError, decodeLink, encodeLink, type Shared } from "./link";
import { markdownOf } from "./markdown";
import { pageAddress, partsOf } from "./parts";
import { baseOf, fragmentOf, prepare, reduced, stateWith } from "./prepare";
import { reportOf } from "./report";
import { zip } from "./zip";

/** Asks the engine beside what the page asks; `null` where it gave no answer. */
export type Ask = (request: Request) => Promise<Snapshot | null>;

async function examplesOf(store: Store): Promise<Example[]> {
  const { examples } = store.state();
  return examples ?? (await import("../../generated/examples")).examples;
}

function requestFor(shared: Shared, views: View[]): Request {
  const { files, openshift, release_image, images, down } = shared;
  const settings = { openshift, ...(release_image === undefined ? {} : { release_image }) };
  return { revision: 0, files, settings, images: asked(images), down, views };
}

/** Dialogs whose link is being made. */
const begun = new WeakSet<object>();

/** Makes the link of the share dialog, once for each choice. */
export async function fillDialog(store: Store, ask: Ask): Promise<void> {
  const { dialog } = store.state();
  if (dialog?.kind !== "share" || dialog.prepared !== undefined || begun.has(dialog)) return;
  begun.add(dialog);
  const find = (shared: Shared): Promise<Snapshot | null> => ask(requestFor(shared, []));
  const examples = await examplesOf(store);
  const prepared = await prepare(store.state(), dialog.choice ?? EVERYTHING, examples, pageAddress(), find);
  if (store.state().dialog === dialog) store.change({ dialog: { ...dialog, prepared } });
}

/** Does what a button of the share dialog says. */
export async function perform(what: Deed, store: Store, ask: Ask, actions: Actions): Promise<void> {
  const state = store.state();
  const choice = (state.dialog?.kind === "share" ? state.dialog.choice : undefined) ?? EVERYTHING;
  const { shared } = reduced(state, choice);
  if (what === "zip") {
    const bytes = await zip(entriesOf(shared));
    save(new Blob([bytes], { type: "application/zip" }), "pullproof.zip");
    return;
  }
  const snapshot = await ask(requestFor(shared, what === "markdown" ? ["trace"] : [...VIEWS]));
  if (snapshot === null) {
    actions.say("the engine gave no answer");
    return;
  }
  const link = await linkOf(shared, state, await examplesOf(store));
  if (what === "markdown") {
    actions.copy(markdownOf(shared, snapshot, link), "the Markdown");
    return;
  }
  const parts = await partsOf().catch(() => null);
  if (parts === null) {
    actions.say("the rest of the page is not to be had: is its server gone?");
    return;
  }
  // Whose page this is can be told by its name, too.
  const page = choice.redact ? null : pageAddress();
  const text = reportOf({ about: state.about, shared, snapshot, link: page === null ? null : link, page, parts });
  save(new Blob([text], { type: "text/html" }), "pullproof.html");
}

/** The whole link; `null` where everything is too large for one, or there is no page to lead to. */
async function linkOf(shared: Shared, state: State, examples: Example[]): Promise<string | null> {
  const page = pageAddress();
  if (page === null) return null;
  try {
    return page + (await encodeLink(shared, baseOf(state, examples)));
  } catch (error) {
    if (error instanceof LinkError) return null;
    throw error;
  }
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Puts what a link holds in the place of everything; says where that cannot be. */
export async function openLink(fragment: string, store: Store, actions: Actions): Promise<void> {
  const examples = await examplesOf(store);
  const find = async (name: string): Promise<Example | null> => examples.find((it) => it.name === name) ?? null;
  try {
    const read = await decodeLink(fragment, find);
    if (read === null) return;
    actions.set(stateWith(read.shared, read.example, store.state().about));
    const version = read.shared.version;
    const isOther = version !== null && version !== store.state().about.version;
    const notices = isOther ? [...read.notices, `the link was made by version ${version}`] : read.notices;
    if (notices.length > 0) actions.say(notices.join("; "));
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    actions.say(error.message);
  }
}

let waiting: ReturnType<typeof setTimeout> | undefined;
let written = "";

/** Writes the state into the address once nothing has changed for a while. */
export function keepAddress(store: Store, start: string): void {
  clearTimeout(waiting);
  waiting = setTimeout(() => void writeAddress(store, start), ADDRESS_DELAY_MS);
}

async function writeAddress(store: Store, start: string): Promise<void> {
  const state = store.state();
  let fragment = "";
  try {
    fragment = await fragmentOf(state, await examplesOf(store), start);
  } catch (error) {
    // What is too large for a link is in no address; the share dialog says so.
    if (!(error instanceof LinkError)) throw error;
  }
  if (store.state().revision !== state.revision || fragment === written) return;
  written = fragment;
  history.replaceState(null, "", `${location.pathname}${location.search}${fragment}`);
}

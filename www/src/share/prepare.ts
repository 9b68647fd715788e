/** What is shared of a state: everything, less what people leave out and what nobody may see. */

import type { About, Finding, InputFile, Snapshot } from "../snapshot";
import { nameOf, type Example, type State } from "../state";
import { EVERYTHING, type Choice, type Prepared } from "./choice";
import { withoutComments } from "./comments";
import { LinkError, encodeLink, equalsBase, type Base, type Shared } from "./link";
import { redact } from "./redact";
import { hasSecrets } from "./secrets";

/** What is shared, and what was done to it. */
export interface Reduced {
  shared: Shared;
  secret: string[];
  n_hosts: number;
}

/** What a state says, less what is left out. */
export function reduced(state: State, choice: Choice): Reduced {
  const { settings, view, about, kept } = state;
  const isShared = (file: InputFile): boolean => !choice.alone || file.group === "proposed";
  const secret = state.files.filter((file) => hasSecrets(file.text));
  let files = state.files.filter((file) => isShared(file) && !secret.includes(file));
  if (choice.bare) files = files.map((file) => ({ ...file, text: withoutComments(file.text) }));
  let { images, down } = state;
  let release_image = settings.release_image;
  let n_hosts = 0;
  const at = files.findIndex((_, idx) => state.files[state.open] !== undefined && isOpen(files, idx, state));
  if (choice.redact) {
    // The release image goes along as one more line.
    const redacted = redact(files, `${release_image ?? ""}\n${images}`, down);
    ({ files, down, n_hosts } = redacted);
    const [first = "", ...rest] = redacted.images.split("\n");
    if (release_image !== undefined) release_image = first;
    images = rest.join("\n");
  }
  const open = files[at];
  const shared: Shared = {
    files,
    openshift: settings.openshift,
    ...(release_image === undefined ? {} : { release_image }),
    images,
    down,
    view,
    open: open === undefined ? null : nameOf(open),
    version: about.version,
    // What is not understood may hold any name.
    kept: choice.redact ? new Map() : kept,
  };
  return { shared, secret: secret.map(nameOf), n_hosts };
}

function isOpen(files: readonly InputFile[], idx: number, state: State): boolean {
  const [file, open] = [files[idx], state.files[state.open]];
  return file !== undefined && open !== undefined && nameOf(file) === nameOf(open);
}

/** The example that a state began as, among all. */
export function baseOf(state: State, examples: readonly Example[]): Base | null {
  return examples.find((example) => example.name === state.example) ?? null;
}

/** The fragment for the address while people work: `""` for what the page starts with. */
export async function fragmentOf(state: State, examples: readonly Example[], start: string): Promise<string> {
  const { shared } = reduced(state, EVERYTHING);
  const base = baseOf(state, examples);
  if (base !== null && base.name === start && equalsBase(shared, base)) return "";
  return encodeLink(shared, base);
}

/** Makes the link to a page, where there is one; `find` asks the engine what it finds in something. */
export async function prepare(
  state: State,
  choice: Choice,
  examples: readonly Example[],
  page: string | null,
  find: (shared: Shared) => Promise<Snapshot | null>,
): Promise<Prepared> {
  const { shared, secret, n_hosts } = reduced(state, choice);
  const { redact: _, ...rest } = choice;
  const plain = choice.redact ? reduced(state, { ...rest, redact: false }).shared : null;
  const [found, others] = plain === null ? [null, null] : [await find(shared), await find(plain)];
  return {
    link: await linkOf(shared, baseOf(state, examples), page),
    secret,
    n_hosts,
    is_same: found === null || others === null ? null : isAlike(found.findings, others.findings),
  };
}

async function linkOf(shared: Shared, base: Base | null, page: string | null): Promise<Prepared["link"]> {
  if (page === null) return { problem: "the file does not say where a page is that would open it" };
  try {
    return { url: page + (await encodeLink(shared, base)) };
  } catch (error) {
    if (error instanceof LinkError) return { problem: error.message };
    throw error;
  }
}

/** Whether two lists tell the same of the same places. */
function isAlike(some: readonly Finding[], others: readonly Finding[]): boolean {
  const told = (findings: readonly Finding[]): string =>
    findings
      .map(({ code, severity, place, fix }) => `${code} ${severity} ${place.line} ${fix?.safety ?? ""}`)
      .sort()
      .join("\n");
  return told(some) === told(others);
}

/** A link's content as a change of the state. */
export function stateWith(shared: Shared, example: string | null, about: About): Partial<State> {
  const { files, openshift, release_image, images, down, view, open, kept } = shared;
  const at = files.findIndex((file) => nameOf(file) === open);
  const newest = about.releases.at(-1) ?? "";
  return {
    files,
    open: files.length === 0 ? -1 : Math.max(0, at),
    settings: {
      openshift: about.releases.includes(openshift) ? openshift : newest,
      ...(release_image === undefined ? {} : { release_image }),
    },
    images,
    down,
    view,
    example,
    kept,
    finding: -1,
    renaming: -1,
    shown: null,
    dialog: null,
  };
}

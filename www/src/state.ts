/** Everything the page shows, as one value; actions are the only way to change it. */

import type { Child } from "./dom";
import type { Choice, Deed, Prepared } from "./share/choice";
import type { About, Fixed, Group, InputFile, Place, Settings, Snapshot, View } from "./snapshot";
import type { Picked } from "./views/picked";

/** What the page starts from: the example that was worked out when the page was built. */
export interface Start {
  about: About;
  /** The example's name; empty where it is none. */
  example: string;
  files: InputFile[];
  /** Images, one a line. */
  images: string;
  openshift: string;
  snapshot: Snapshot;
  /** What is otherwise than at every start. */
  more?: Partial<Pick<State, "settings" | "down" | "view" | "open">>;
}

/** A thing to look at that comes with the page. */
export interface Example {
  name: string;
  title: string;
  /** What there is to see, in a sentence. */
  sentence: string;
  files: InputFile[];
  /** Images, one a line. */
  images: string;
  /** The newest release where absent. */
  openshift?: string;
  view?: View;
}

/** The page of a rule, in Markdown. */
export interface RulePage {
  /** The rule's words, such as `self-mirror`. */
  id: string;
  severity: string;
  page: string;
}

/** What came of the attempt to send something. */
export type Verification =
  | { kind: "refused"; words: string }
  /** It was sent: the page is served without its policy. */
  | { kind: "sent"; words: string };

/** What the engine is doing. */
export type EngineState =
  /** It is being loaded; texts can be edited already. */
  | { kind: "loading" }
  /** It has answered, or is about to. */
  | { kind: "ready" }
  /** It ended, or took too long, and was started anew; the texts are kept. */
  | { kind: "restarted"; reason: string };

/** The views that the page does not begin with. */
export type OtherView = Exclude<View, "trace">;

/** The rest of the page: what `parts/rest.ts` exports. */
export interface Rest {
  otherView(view: OtherView, state: State, actions: Actions): Child;
  dialogPart(state: State, actions: Actions): Child;
}

/** What is shown over the page. */
export type Dialog =
  /** `prepared` comes a moment after the choice. */
  | { kind: "share"; choice?: Choice; prepared?: Prepared }
  | { kind: "keys" }
  | { kind: "examples" }
  | { kind: "explain"; rule: string }
  | { kind: "fix"; fixed: Fixed; title: string };

export interface State {
  /** Counts changes of anything that the engine is asked. */
  revision: number;
  files: InputFile[];
  /** The file in the editor: an index into `files`; -1 when there is none. */
  open: number;
  settings: Settings;
  /** What is typed into the field for images: one a line. */
  images: string;
  down: string[];
  view: View;
  /** The newest answer, which may be of an earlier revision; `null` before the first. */
  snapshot: Snapshot | null;
  /** The newest answer for which every text could be read, and when it came. */
  good: { snapshot: Snapshot; at: number } | null;
  engine: EngineState;
  dialog: Dialog | null;
  /** The finding that is looked at: an index into the findings; -1 when none is. */
  finding: number;
  /** What was last said, which is shown for a while; empty when nothing is. */
  said: string;
  /** What a deletion or a replacement took away, for as long as it can be put back. */
  lost: Pick<State, "files" | "open" | "images" | "example"> | null;
  /** The counts of findings, told to those who listen once nothing has changed for a moment. */
  counted: string;
  /** Where splitters stand, in per cent. */
  sizes: Sizes;
  /** Whether a narrow screen shows the findings. */
  sheet: boolean;
  theme: "auto" | "light" | "dark";
  /** Which part a narrow screen shows. */
  part: "files" | "editor" | "view";
  /** The place that was asked for last, which views mark; `null` before the first. */
  shown: Place | null;
  /** The file whose name is being typed: an index into `files`; -1 when none is. */
  renaming: number;
  /** What came of the attempt to send something; `null` before it. */
  verified: Verification | null;
  /** The rest of the page; `null` until it is loaded. */
  rest: Rest | null;
  /** Pages of rules by code; `null` until one is wanted. */
  rules: Record<string, RulePage> | null;
  /** The examples; `null` until they are wanted. */
  examples: Example[] | null;
  about: About;
  /** What of the views is folded out or picked. */
  picked: Picked;
  /** The example that this started from; what equals it is not put into links. */
  example: string | null;
  /** What a newer page has put into the link that was opened, for those made of it. */
  kept: ReadonlyMap<string, unknown>;
}

/** Parts of the width, and of the height for the findings, in per cent. */
export interface Sizes {
  files: number;
  editor: number;
  findings: number;
}

const FIRST_SIZES: Sizes = { files: 15, editor: 32, findings: 26 };

/** The state at the start. */
export function stateOf(start: Start): State {
  return {
    revision: start.snapshot.revision,
    files: start.files,
    open: start.files.length > 0 ? 0 : -1,
    settings: { openshift: start.openshift },
    images: start.images,
    down: [],
    view: "trace",
    snapshot: start.snapshot,
    good: start.snapshot.readable ? { snapshot: start.snapshot, at: 0 } : null,
    engine: { kind: "loading" },
    dialog: null,
    finding: -1,
    said: "",
    lost: null,
    counted: "",
    sizes: FIRST_SIZES,
    sheet: false,
    theme: "auto",
    part: "view",
    shown: null,
    renaming: -1,
    verified: null,
    rest: null,
    rules: null,
    examples: null,
    about: start.about,
    picked: {},
    example: start.example,
    kept: new Map(),
    ...start.more,
  };
}

/** What views can ask for. */
export interface Actions {
  /** Changes what is given, and asks the engine where that matters to it. */
  set(change: Partial<State>): void;
  /** Shows a place: opens its file in the editor, or the line of registries.conf. */
  show(place: Place): void;
  /** Asks for a fix and shows what it would change; `null` is all safe ones. */
  previewFix(finding: number | null): void;
  /** Puts texts into files, as one step that can be taken back. */
  replaceTexts(files: { file: string; text: string }[]): void;
  /** Adds a file and opens it. */
  addFile(file: InputFile): void;
  /** Takes a file away. */
  removeFile(index: number): void;
  /** Says something to those who listen, and shows it for a while. */
  say(text: string): void;
  /** Puts a text on the clipboard, and says so. */
  copy(text: string, what: string): void;
  /** Opens the page of a rule, by its code. */
  explain(code: string): void;
  /** Asks people for files and adds them. */
  openFiles(group: Group): void;
  /** Puts an example in the place of everything. */
  load(example: Example): void;
  /** Brings back what was lost last. */
  putBack(): void;
  /** Tries to send something, and shows what comes of it. */
  verify(): void;
  /** Takes everything along, as the share dialog says. */
  share(what: Deed): void;
  /** Uses a part of the page once it is there, and says so when it does not come. */
  bring<T>(part: Promise<T>, use: (part: T) => void): void;
}

/** The name of a file in places. */
export function nameOf(file: InputFile): string {
  return `${file.group}/${file.name}`;
}

/** Everything the page shows, as one value; actions are the only way to change it. */

import type { Fixed, InputFile, Place, Settings, Snapshot, View } from "./snapshot";

/** What the engine is doing. */
export type EngineState =
  /** It is being loaded; texts can be edited already. */
  | { kind: "loading" }
  /** It has answered the newest revision. */
  | { kind: "ready" }
  /** It works on a revision. */
  | { kind: "working"; since: number }
  /** It ended, or took too long, and was started anew; the texts are kept. */
  | { kind: "restarted"; reason: string };

/** What is shown over the page. */
export type Dialog =
  | { kind: "share" }
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
  /** What was last said to those who listen. */
  said: string;
  theme: "auto" | "light" | "dark";
  /** Which part a narrow screen shows. */
  part: "files" | "editor" | "view";
  /** The example that this started from; what equals it is not put into links. */
  example: string | null;
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
}

/** The name of a file in places. */
export function nameOf(file: InputFile): string {
  return `${file.group}/${file.name}`;
}

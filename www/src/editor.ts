/**
 * The editor, a chunk of its own that comes after the first findings. It lives in a shadow root,
 * where it brings its style as a constructed sheet: the page's policy allows no other.
 */

import { defaultKeymap, history, historyKeymap, indentWithTab, isolateHistory } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, bracketMatching, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { yaml } from "@codemirror/legacy-modes/mode/yaml";
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, Transaction, type Extension } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { editBetween } from "./edit";
import { THEME } from "./editor-theme";
import type { Finding, InputFile } from "./snapshot";
import { nameOf } from "./state";
import type { TextEvents, TextField } from "./text-field";

/** Keys are what the mode calls atoms; dashes and colons are meta. */
const COLOURS = HighlightStyle.define([
  { tag: tags.atom, class: "tok-key" },
  { tag: tags.comment, class: "tok-comment" },
  { tag: [tags.meta, tags.definition(tags.variableName)], class: "tok-mark" },
  { tag: [tags.keyword, tags.number, tags.special(tags.variableName)], class: "tok-word" },
]);

/** More marks make typing slow; each is in the list of findings. */
const MAX_MARKS = 500;

/** A file with the history of what was done to it. */
interface Kept {
  text: string;
  state: EditorState;
}

/** Puts the editor into the place of the plain field, with its text, selection and focus. */
export function openEditor(host: HTMLElement, area: HTMLTextAreaElement, events: TextEvents): TextField {
  const kept = new Map<string, Kept>();
  /** The files there are, of which those are kept that were ever open. */
  let names: ReadonlySet<string> = new Set();
  let openName = "";
  /** Set while texts are put in from elsewhere, which is no news to the page. */
  let isTakingOver = false;
  let marked: readonly Finding[] = [];

  const root = host.attachShadow({ mode: "open" });
  const from = area.selectionStart;
  const to = area.selectionEnd;
  const hadFocus = document.activeElement === area;
  const view = new EditorView({ root, parent: root, state: stateFor("") });
  area.remove();

  function stateFor(text: string): EditorState {
    return EditorState.create({ doc: text, extensions: extensions() });
  }

  function extensions(): Extension {
    return [
      lineNumbers(),
      lintGutter(),
      history(),
      drawSelection(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      highlightSelectionMatches(),
      bracketMatching(),
      search({ top: true }),
      StreamLanguage.define(yaml),
      indentUnit.of("  "),
      syntaxHighlighting(COLOURS),
      THEME,
      EditorState.tabSize.of(2),
      EditorView.contentAttributes.of(() => ({ tabindex: "0", "aria-label": openName === "" ? "text" : `text of ${openName}` })),
      // Esc, then Tab leaves the editor; the page takes the keys of its own map first.
      keymap.of([...lintKeymap.filter((it) => it.key !== "F8"), ...searchKeymap, ...historyKeymap, indentWithTab, ...defaultKeymap]),
      EditorView.domEventHandlers({ beforeinput: replaceSelected }),
      EditorView.updateListener.of((update) => {
        const entry = kept.get(openName);
        if (entry !== undefined) entry.state = update.state;
        if (!update.docChanged) return;
        const text = update.state.doc.toString();
        if (entry !== undefined) entry.text = text;
        if (!isTakingOver) events.onText(text);
      }),
    ];
  }

  function takeOver(name: string, text: string): void {
    const entry = kept.get(name);
    if (entry === undefined || entry.text === text) return;
    const { from, to, end } = editBetween(entry.text, text);
    const changes = { from, to, insert: text.slice(from, end) };
    entry.text = text;
    // One step to take back, whatever was typed just before it.
    const spec = { changes, annotations: [Transaction.userEvent.of("input.replace"), isolateHistory.of("full")] };
    if (name !== openName) {
      entry.state = entry.state.update(spec).state;
      return;
    }
    isTakingOver = true;
    view.dispatch(spec);
    isTakingOver = false;
  }

  /** Forgets files that are gone; one that only got another name keeps its history. */
  function follow(files: readonly InputFile[]): void {
    const before = names;
    names = new Set(files.map(nameOf));
    const [gone, ...others] = [...before].filter((name) => !names.has(name));
    const [come, ...more] = files.filter((file) => !before.has(nameOf(file)));
    if (gone !== undefined && come !== undefined && others.length === 0 && more.length === 0) rename(gone, come);
    for (const name of kept.keys()) if (!names.has(name)) kept.delete(name);
  }

  function rename(gone: string, come: InputFile): void {
    const entry = kept.get(gone);
    if (entry === undefined || entry.text !== come.text) return;
    kept.delete(gone);
    kept.set(nameOf(come), entry);
    if (openName === gone) openName = nameOf(come);
  }

  function mark(): void {
    const diagnostics = marked.flatMap((finding, idx) =>
      finding.place.file === openName ? [diagnosticOf(finding, idx, view.state.doc.length, events)] : [],
    );
    view.dispatch(setDiagnostics(view.state, diagnostics.slice(0, MAX_MARKS)));
  }

  const field: TextField = {
    show(files: readonly InputFile[], open: number) {
      follow(files);
      for (const file of files) takeOver(nameOf(file), file.text);
      const file = files[open];
      const name = file === undefined ? "" : nameOf(file);
      if (name === openName && (name === "" || kept.has(name))) return;
      openName = name;
      const text = file?.text ?? "";
      const entry = kept.get(name) ?? { text, state: stateFor(text) };
      if (name !== "") kept.set(name, entry);
      view.setState(entry.state);
      mark();
    },
    mark(findings, isFresh) {
      // Marks of older texts move along with what is typed.
      if (!isFresh) return;
      marked = findings;
      mark();
    },
    reveal(place) {
      const length = view.state.doc.length;
      const anchor = Math.min(place.from, length);
      const head = Math.min(place.to, length);
      view.dispatch({ selection: { anchor, head }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
      view.focus();
    },
    focus: () => view.focus(),
    cursor: () => view.state.selection.main.head,
  };
  queueMicrotask(() => {
    const length = view.state.doc.length;
    view.dispatch({ selection: { anchor: Math.min(from, length), head: Math.min(to, length) }, scrollIntoView: hadFocus });
    if (hadFocus) view.focus();
  });
  return field;
}

/**
 * Types over what is selected. Left to itself, the browser puts a style on what takes the place of
 * coloured text, which the page's policy refuses.
 */
function replaceSelected(event: InputEvent, view: EditorView): boolean {
  const isTyped = event.inputType === "insertText" && event.data !== null && !event.isComposing;
  if (!isTyped || view.state.selection.main.empty) return false;
  event.preventDefault();
  view.dispatch(view.state.replaceSelection(event.data ?? ""), { userEvent: "input.type", scrollIntoView: true });
  return true;
}

function diagnosticOf(finding: Finding, idx: number, length: number, events: TextEvents): Diagnostic {
  const { place, severity, message, help, fix, rule } = finding;
  const from = Math.min(place.from, length);
  return {
    from,
    to: Math.min(Math.max(place.to, from), length),
    severity,
    source: rule,
    message: help === undefined ? plain(message) : `${plain(message)}\n${plain(help)}`,
    actions: fix === undefined ? [] : [{ name: fix.title, apply: () => events.onFix(idx) }],
  };
}

/** Without the ticks that set code apart, which only clutter here. */
function plain(text: string): string {
  return text.replaceAll("`", "");
}

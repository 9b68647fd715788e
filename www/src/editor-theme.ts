/** How the editor looks, in the page's colours, which reach into its shadow root as properties. */

import { EditorView } from "@codemirror/view";

const MARK = (tone: string): Record<string, string> => ({
  backgroundImage: "none",
  textDecoration: `underline wavy var(--${tone}) 1px`,
  textUnderlineOffset: "0.25em",
  textDecorationSkipInk: "none",
});

/** The shapes of severities, as in the list of findings. */
const SHAPES = {
  error: "polygon(30% 0, 70% 0, 100% 30%, 100% 70%, 70% 100%, 30% 100%, 0 70%, 0 30%)",
  warning: "polygon(50% 4%, 100% 96%, 0 96%)",
  info: "circle(50%)",
};

const GUTTER = (tone: string, shape: string): Record<string, string> => ({
  content: '""',
  width: "0.625rem",
  height: "0.625rem",
  display: "block",
  marginBlockStart: "0.3125rem",
  marginInlineStart: "0.1rem",
  background: `var(--${tone})`,
  clipPath: shape,
  forcedColorAdjust: "none",
});

/** The editor's theme. */
export const THEME = EditorView.theme({
  "&": { height: "100%", color: "var(--fg)", backgroundColor: "transparent", fontSize: "0.8125rem" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-content": { padding: "0.5rem 0", caretColor: "var(--accent)" },
  ".cm-line": { padding: "0 0.75rem 0 0.5rem" },
  ".cm-cursor": { borderInlineStartColor: "var(--accent)", borderInlineStartWidth: "2px" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--muted)", border: "0", paddingInlineStart: "0.25rem" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 0.25rem 0 0.5rem", minWidth: "1.75rem" },
  ".cm-gutter-lint": { width: "1.125rem" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--fg) 3.5%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--fg)" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--accent) 24%, transparent)",
  },
  ".cm-selectionMatch": { backgroundColor: "color-mix(in srgb, var(--accent) 12%, transparent)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-bg)", outline: "1px solid var(--accent)" },
  ".tok-key": { color: "var(--accent)" },
  ".tok-comment": { color: "var(--muted)", fontStyle: "italic" },
  ".tok-mark": { color: "var(--muted)" },
  ".tok-word": { color: "var(--info)" },
  ".cm-lintRange-error": MARK("bad"),
  ".cm-lintRange-warning": MARK("warn"),
  ".cm-lintRange-info": MARK("info"),
  ".cm-gutter-lint .cm-gutterElement": { padding: "0" },
  ".cm-lint-marker": { width: "auto", height: "auto" },
  ".cm-lint-marker-error": GUTTER("bad", SHAPES.error),
  ".cm-lint-marker-warning": GUTTER("warn", SHAPES.warning),
  ".cm-lint-marker-info": GUTTER("info", SHAPES.info),
  ".cm-tooltip": {
    maxWidth: "32rem",
    border: "1px solid var(--line)",
    borderRadius: "6px",
    backgroundColor: "var(--panel)",
    boxShadow: "var(--shadow)",
    color: "var(--fg)",
    fontFamily: "var(--sans)",
    overflow: "hidden",
  },
  ".cm-diagnostic": { padding: "0.4rem 0.7rem", whiteSpace: "pre-wrap", marginInlineStart: "0" },
  ".cm-diagnostic-error": { borderInlineStart: "3px solid var(--bad)" },
  ".cm-diagnostic-warning": { borderInlineStart: "3px solid var(--warn)" },
  ".cm-diagnostic-info": { borderInlineStart: "3px solid var(--info)" },
  ".cm-diagnosticSource": { fontSize: "0.6875rem", color: "var(--muted)", opacity: "1" },
  ".cm-diagnosticAction": {
    minHeight: "1.5rem",
    margin: "0.3rem 0.5rem 0 0",
    padding: "0 0.6rem",
    border: "1px solid color-mix(in srgb, var(--accent) 35%, var(--panel))",
    borderRadius: "6px",
    backgroundColor: "var(--accent-bg)",
    color: "var(--accent)",
    fontSize: "0.75rem",
    cursor: "pointer",
  },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--fg)" },
  ".cm-panels.cm-panels-top": { borderBlockEnd: "1px solid var(--line)" },
  ".cm-panels.cm-panels-bottom": { borderBlockStart: "1px solid var(--line)" },
  ".cm-panel.cm-search": { padding: "0.4rem 0.6rem", fontFamily: "var(--sans)" },
  ".cm-panel.cm-search label": { fontSize: "0.75rem" },
  ".cm-textfield": {
    minHeight: "1.75rem",
    fontSize: "0.75rem",
    border: "1px solid var(--edge)",
    borderRadius: "4px",
    backgroundColor: "var(--panel)",
    color: "var(--fg)",
  },
  ".cm-button": {
    minHeight: "1.75rem",
    fontSize: "0.75rem",
    border: "1px solid var(--line)",
    borderRadius: "4px",
    cursor: "pointer",
    backgroundImage: "none",
    backgroundColor: "var(--panel)",
    color: "var(--fg)",
  },
  ".cm-panel.cm-search [name=close]": { width: "1.5rem", height: "1.5rem", color: "var(--muted)", fontSize: "1rem" },
  ".cm-textfield:focus-visible, .cm-button:focus-visible": { outline: "2px solid var(--accent)" },
  ".cm-panel.cm-panel-lint ul [aria-selected]": { backgroundColor: "var(--accent-bg)" },
});

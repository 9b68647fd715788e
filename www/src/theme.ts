/** The colour scheme that a person chose, the only thing that is kept outside of the link. */

import type { State } from "./state";

const KEY = "pullproof-theme";

/** What was chosen before; as the system has it where nothing was, or nothing is kept. */
export function readTheme(): State["theme"] {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : "auto";
  } catch {
    return "auto";
  }
}

/** Shows a scheme and keeps it. */
export function applyTheme(theme: State["theme"]): void {
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  try {
    if (theme === "auto") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // A browser that keeps nothing asks the system again next time.
  }
}

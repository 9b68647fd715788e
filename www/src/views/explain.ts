/** The page of a rule: why it exists, what it finds, and what is good. */

import { h, type Child } from "../dom";
import { markdown } from "../markdown";
import type { State } from "../state";

export function explainView(state: State, code: string): Child {
  if (state.rules === null) return h("p", { class: "hint" }, "loading the page");
  const rule = state.rules[code];
  if (rule === undefined) return h("p", { class: "hint" }, `there is no page for ${code}`);
  // The page begins with its title, which the dialog has already.
  const body = rule.page.replace(/^# .*\n/, "");
  return h("article", { class: "rule-page" }, h("p", { class: "rule-code" }, `${code}, ${rule.severity}`), markdown(body));
}

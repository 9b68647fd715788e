/** The bar: what this is, what it is asked for, and what is done with all of it. */

import { h, type Child, type VNode } from "../dom";
import { icon, type Icon } from "../icons";
import type { Actions, State } from "../state";

export function barPart(state: State, actions: Actions): VNode {
  const n_fixes = state.snapshot?.findings.filter((finding) => finding.fix?.safety === "safe").length ?? 0;
  return h(
    "header",
    { class: "bar" },
    h(
      "div",
      { class: "brand" },
      logo(),
      h("h1", null, "pullproof"),
      h("span", { class: "version", title: `${state.about.n_rules} rules` }, state.about.version),
    ),
    h(
      "div",
      { class: "tools", role: "group", "aria-label": "page" },
      button("grid", "Examples", "Ctrl+Shift+E", () => actions.set({ dialog: { kind: "examples" } })),
      h(
        "label",
        { class: "release" },
        h("span", null, "OpenShift"),
        h(
          "select",
          {
            value: state.settings.openshift,
            onchange: (event) => {
              if (!(event.target instanceof HTMLSelectElement)) return;
              actions.set({ settings: { ...state.settings, openshift: event.target.value } });
            },
          },
          state.about.releases
            .slice()
            .reverse()
            .map((it) => h("option", { value: it, selected: it === state.settings.openshift }, it)),
        ),
      ),
      button("share", "Share", "Ctrl+S", () => actions.set({ dialog: { kind: "share" } })),
      h(
        "button",
        {
          type: "button",
          class: "primary",
          title: "fix everything that is safe to fix (Alt+F)",
          disabled: n_fixes === 0,
          onclick: () => actions.previewFix(null),
        },
        icon("wrench"),
        h("span", null, `Fix all (${n_fixes})`),
      ),
      themeButton(state, actions),
      h(
        "button",
        {
          type: "button",
          class: "plain square",
          title: "keys (?)",
          "aria-label": "keys",
          onclick: () => actions.set({ dialog: { kind: "keys" } }),
        },
        "?",
      ),
    ),
  );
}

function button(name: Icon, words: string, key: string, onclick: () => void): Child {
  return h("button", { type: "button", class: "plain", title: key, onclick }, icon(name), h("span", null, words));
}

const NEXT_THEME = { auto: "light", light: "dark", dark: "auto" } as const;
const THEME_ICON = { auto: "half", light: "sun", dark: "moon" } as const;

function themeButton(state: State, actions: Actions): Child {
  const next = NEXT_THEME[state.theme];
  return h(
    "button",
    {
      type: "button",
      class: "plain square",
      title: `theme: ${state.theme === "auto" ? "as the system" : state.theme}`,
      "aria-label": `theme: ${state.theme === "auto" ? "as the system" : state.theme}`,
      onclick: () => actions.set({ theme: next }),
    },
    icon(THEME_ICON[state.theme]),
  );
}

/** Three stations of a route, the last of them reached. */
function logo(): Child {
  return h(
    "svg",
    { class: "logo", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    h("path", { class: "logo-route", d: "M5 5v9a5 5 0 0 0 5 5h9" }),
    h("path", { class: "logo-aside", d: "M5 8h14" }),
    h("circle", { class: "logo-stop", cx: 5, cy: 5, r: 2.6 }),
    h("circle", { class: "logo-stop", cx: 19, cy: 8, r: 2 }),
    h("circle", { class: "logo-end", cx: 19, cy: 19, r: 3.4 }),
  );
}

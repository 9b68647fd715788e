/** The examples, to choose from. */

import { h, type Child } from "../dom";
import type { Actions, State } from "../state";

export function examplesPart(state: State, actions: Actions): Child {
  if (state.examples === null) return h("p", { class: "hint" }, "loading the examples");
  return h(
    "ul",
    { class: "examples", role: "list" },
    state.examples.map((example) =>
      h(
        "li",
        null,
        h(
          "button",
          {
            type: "button",
            class: "example",
            "aria-current": example.name === state.example ? "true" : false,
            onclick: () => actions.load(example),
          },
          h("strong", null, example.title),
          h("span", null, example.sentence),
        ),
      ),
    ),
  );
}

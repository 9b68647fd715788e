/** Policies made digest mirror sets, with the proof that no pull changes. */

import { h, type Child, type VNode } from "../dom";
import type { Finding, MigrateView } from "../snapshot";
import type { Actions, State } from "../state";
import { icon } from "../icons";
import { ticked } from "./findings";
import { change } from "./migration";
import { drawn, hasObjects } from "./drawn";
import { empty, note, trust, waiting } from "./notes";
import { placeLink } from "./places";
import { copyButton } from "./tools";
import { counted } from "./words";
import { effectWord } from "./rollout";

/** How many changed pulls of a step are shown: one is enough to see that nothing is proven. */
const MAX_WITNESSES = 20;

export function migrateView(state: State, actions: Actions): Child {
  const it = drawn(state, "migrate");
  return h(
    "section",
    { class: "view migrate-view", "aria-label": "ImageContentSourcePolicy to ImageDigestMirrorSet" },
    it === null ? waiting(state) : [trust(it), migrate(it.value, state, actions)],
  );
}

function migrate(view: MigrateView, state: State, actions: Actions): Child {
  if (view.objects.length === 0 && view.refused.length === 0) return nothing(state);
  return [
    verdict(view, actions),
    view.proof !== undefined && steps(view.proof),
    view.todo.length > 0 && todo(view, actions),
    view.objects.length > 0 && objects(view, state, actions),
  ];
}

function nothing(state: State): VNode {
  if (state.files.some(({ removed }) => removed === true)) {
    return empty("nothing is left to migrate", h("p", null, "After the change there is no ImageContentSourcePolicy."));
  }
  const heading = hasObjects(state) ? "nothing to migrate" : "no objects yet";
  const sentence = "No file holds an ImageContentSourcePolicy, the kind that ImageDigestMirrorSet replaces.";
  return empty(heading, h("p", null, sentence));
}

function verdict({ proof, refused }: MigrateView, actions: Actions): VNode {
  if (proof === undefined || refused.length > 0) {
    const sentence = "The API server would not take the new objects, so there is no cluster to prove anything about.";
    const items = refused.map((finding) => refusal(finding, actions));
    return note("bad", "error", "refused", h("p", null, sentence), h("ul", { class: "reasons" }, items));
  }
  if (proof.holds) {
    const sentence = "Told for all references, not for samples: each class of references that fare alike was compared before and after every step.";
    return note("ok", "ok", proof.verdict, h("p", null, sentence));
  }
  const sentence = "Some step changes pulls, or nothing can be said about it. Do not apply this as it is.";
  const items = proof.refusals.map(({ stage, reason }) => h("li", null, h("strong", null, `${stage}: `), ticked(reason)));
  return note("bad", "error", proof.verdict, h("p", null, sentence), items.length > 0 && h("ul", { class: "reasons" }, items));
}

function refusal({ message, place, help }: Finding, actions: Actions): VNode {
  return h("li", null, ticked(message), " ", placeLink(place, actions), help !== undefined && h("div", { class: "muted" }, ticked(help)));
}

function steps({ steps }: NonNullable<MigrateView["proof"]>): Child {
  if (steps.length === 0) return null;
  const heads = ["step", "pulls", "registries.conf", "nodes"].map((name) => h("th", { scope: "col" }, name));
  const rows = steps.map((step) =>
    h(
      "tr",
      null,
      h("th", { scope: "row" }, `${step.from} → ${step.to}`),
      h("td", null, pulls(step.changed)),
      h("td", null, step.same_file ? sign("ok", "ok", "the same, to the byte") : sign("order", "info", "differs")),
      h("td", null, step.effect === undefined ? "not known" : effectWord(step.effect)),
    ),
  );
  return [
    h("h2", null, "proof"),
    h(
      "div",
      { class: "scroll", role: "region", "aria-label": "proof, step by step", tabindex: 0 },
      h("table", { class: "facts" }, h("thead", null, h("tr", null, heads)), h("tbody", null, rows)),
    ),
  ];
}

type Changed = NonNullable<MigrateView["proof"]>["steps"][number]["changed"];

function pulls(changed: Changed): Child {
  if (changed === undefined) return sign("warning", "warn", "nothing is known");
  if (changed.length === 0) return sign("ok", "ok", "every one as it was");
  const items = changed.slice(0, MAX_WITNESSES).map(({ witness, was, will }) =>
    h(
      "li",
      null,
      h("code", null, witness),
      h("div", { class: "muted" }, `was ${told(was)}`),
      h("div", { class: "muted" }, `will be ${told(will)}`),
    ),
  );
  const more = changed.length - MAX_WITNESSES;
  return [
    sign("error", "bad", counted(changed.length, "change")),
    h("ul", { class: "reasons" }, items, more > 0 && h("li", null, `${more} more`)),
  ];
}

function told(endpoints: string[]): string {
  return endpoints.length === 0 ? "nothing" : endpoints.join(", then ");
}

function sign(shape: "ok" | "error" | "warning" | "order", tone: string, word: string): VNode {
  return h("span", { class: `effect tone-${tone}` }, icon(shape), word);
}

function todo(view: MigrateView, actions: Actions): Child {
  const all = view.todo.map(({ command }) => command).join("\n");
  const items = view.todo.map(({ command, effect, sentence, note: words }, idx) => {
    return h(
      "li",
      { class: "step" },
      h("span", { class: "order" }, idx + 1),
      h(
        "div",
        { class: "step-body" },
        h("pre", { class: "command scroll", tabindex: 0, "aria-label": `command ${idx + 1}`, role: "region" }, h("code", null, command)),
        h("p", { class: "muted" }, effect !== undefined && [effectWord(effect, sentence), words !== "" && "; "], words),
      ),
      copyButton(command, `command ${idx + 1}`, actions),
    );
  });
  return h(
    "section",
    { "aria-label": "what to do, in order" },
    h("div", { class: "part-head" }, h("h2", null, "what to do, in this order"), copyButton(all, "all commands", actions)),
    h("ol", { class: "steps", role: "list" }, items),
  );
}

function objects(view: MigrateView, state: State, actions: Actions): Child {
  return h(
    "section",
    { "aria-label": "new objects" },
    h(
      "div",
      { class: "part-head" },
      h("h2", null, "new objects"),
      view.proof?.holds === true &&
        h(
          "button",
          { type: "button", class: "small accent", onclick: () => propose(view, state, actions) },
          "put into the proposed change",
        ),
      copyButton(view.stream, "all new objects", actions),
    ),
    view.todo.length > 0 && h("p", { class: "muted" }, "Copied together, they are the file that the first command applies."),
    view.objects.map((object) => objectOf(object, actions)),
  );
}

function propose(view: MigrateView, state: State, actions: Actions): void {
  const { files, added, replaced } = change(state.files, view.files);
  actions.set({ files });
  for (const file of added) actions.addFile(file);
  if (replaced.length > 0) actions.replaceTexts(replaced);
  actions.say(`${counted(view.objects.length, "object")} in the proposed change; their policies are deleted there`);
}

function objectOf(object: MigrateView["objects"][number], actions: Actions): VNode {
  const name = `${object.kind}/${object.name}`;
  return h(
    "div",
    { class: "node-file", key: name },
    h(
      "div",
      { class: "part-head" },
      h("h3", null, h("code", null, name)),
      copyButton(object.text, name, actions),
    ),
    h(
      "p",
      { class: "muted" },
      h("span", { class: "tag" }, object.lines_kept ? "lines and comments kept" : "written anew"),
      " from ",
      placeLink(object.from, actions),
    ),
    h("pre", { class: "object scroll", tabindex: 0, role: "region", "aria-label": name }, h("code", null, object.text)),
    object.left_out.length > 0 && [
      h("p", { class: "muted" }, "Left out, for the cluster writes them itself or the new kind has no such field:"),
      h("ul", { class: "reasons" }, object.left_out.map(({ text, place }) => h("li", null, h("code", null, text), " ", placeLink(place, actions)))),
    ],
  );
}

/** What changes on apply, told in pulls, and the difference of registries.conf below. */

import { diffLines } from "../diff";
import { h, type Child, type VNode } from "../dom";
import { isRefused } from "../snapshot";
import type { ChangeKind, ChangesView, ConfView, Story } from "../snapshot";
import type { Actions, State } from "../state";
import { difference } from "./difference";
import { icon, type Icon } from "../icons";
import { CONF } from "./looked";
import { drawn } from "./drawn";
import { note, refusedNote, trust, waiting } from "./notes";
import { placeLink } from "./places";
import { counted } from "./words";
import { proposal } from "./proposal";

/** How many stories of a group are shown: the gravest come first. */
export const MAX_STORIES = 200;

const KINDS: Record<ChangeKind, { shape: Icon; tone: string; word: string }> = {
  fails: { shape: "error", tone: "bad", word: "fail" },
  "contacts-new-host": { shape: "host", tone: "warn", word: "contact a new host" },
  "starts-elsewhere": { shape: "first", tone: "info", word: "start elsewhere" },
  rearranged: { shape: "order", tone: "info", word: "go on elsewhere" },
  works: { shape: "ok", tone: "ok", word: "work again" },
};

export function changesView(state: State, actions: Actions): Child {
  const missing = proposal(state, actions, "what changes");
  const it = drawn(state, "changes");
  return h(
    "section",
    { class: "view changes-view", "aria-label": "what changes on apply" },
    missing ?? (it === null ? waiting(state) : [trust(it), changes(it.value, state, actions)]),
  );
}

function changes(view: ChangesView, state: State, actions: Actions): Child {
  const refused = [
    view.refused_after && refusedNote(view.refused_after, actions, "as they are after the change"),
    view.refused_before && refusedNote(view.refused_before, actions, "as they are now"),
  ].filter((it) => it !== undefined);
  if (refused.length > 0) {
    return [refused, h("p", { class: "muted" }, "Pulls before and after cannot be compared until that is mended."), conf(state)];
  }
  const groups = view.groups.filter(({ stories }) => stories.length > 0);
  const hasCurrent = state.files.some(({ group }) => group === "current");
  return [
    !hasCurrent && withoutCurrent(),
    groups.length === 0 ? unchanged() : [summary(groups), groups.map((group) => groupOf(group, actions))],
    conf(state),
  ];
}

function withoutCurrent(): VNode {
  const sentence = "So the change is compared with a cluster that has none of these objects. Put what ";
  const rest = " prints into the current cluster to compare with yours.";
  const command = h("code", null, "oc get idms,itms,icsp,image.config -o yaml");
  return note("info", "info", "the current cluster is empty", h("p", null, sentence, command, rest));
}

function unchanged(): VNode {
  return note("ok", "ok", "no pull changes", h("p", null, "Every image is pulled from where it was, in the same order, by tag and by digest."));
}

function summary(groups: ChangesView["groups"]): VNode {
  const items = groups.map(({ change, stories }) => {
    const { shape, tone, word } = KINDS[change];
    return h("li", { class: `story-count tone-${tone}` }, icon(shape), h("strong", null, stories.length), ` ${word}`);
  });
  return h("ul", { class: "story-counts", role: "list", "aria-label": "kinds of pulls that change" }, items);
}

function groupOf({ change, title, stories }: ChangesView["groups"][number], actions: Actions): VNode {
  const { shape, tone } = KINDS[change];
  return h(
    "section",
    { class: `gravity tone-${tone}`, key: change, "aria-label": title },
    h("h2", { class: "gravity-head" }, icon(shape), title),
    h("ol", { class: "stories", role: "list" }, stories.slice(0, MAX_STORIES).map((story) => storyOf(story, actions))),
    stories.length > MAX_STORIES && h("p", { class: "muted" }, `${counted(stories.length - MAX_STORIES, "more")} not shown here.`),
  );
}

function storyOf(story: Story, actions: Actions): VNode {
  const { entry } = story;
  const fates = fatesOf(story.before, story.after);
  return h(
    "li",
    { class: "story" },
    h(
      "p",
      { class: "story-head" },
      h("code", { class: "story-image" }, story.image),
      story.forms !== "" && [" ", h("span", { class: "tag" }, story.forms)],
      story.extent !== "" && [" ", h("span", { class: "muted" }, story.extent)],
    ),
    h(
      "div",
      { class: "chains" },
      chain("before", story.before, fates.before, story.let_in_before),
      chain("after", story.after, fates.after, story.let_in_after),
    ),
    entry !== undefined &&
      h(
        "p",
        { class: "muted" },
        entry.side === "after" ? "because of the entry " : "because of the former entry ",
        h("code", null, entry.prefix),
        entry.place !== undefined && [" ", placeLink(entry.place, actions)],
      ),
  );
}

/** What became of an endpoint. */
export type Fate = "same" | "gone" | "new" | "moved";

/** What becomes of the endpoints before, and where those after come from, place by place. */
export function fatesOf(before: string[], after: string[]): { before: Fate[]; after: Fate[] } {
  // Those that keep their order are the same lines of two texts.
  const diff = diffLines(before.join("\n"), after.join("\n"));
  const side = (kind: "removed" | "added", others: string[]): Fate[] =>
    diff.lines.flatMap((line): Fate[] => {
      if (line.kind === "same") return ["same"];
      if (line.kind !== kind) return [];
      return [others.includes(line.text) ? "moved" : kind === "added" ? "new" : "gone"];
    });
  return { before: side("removed", after), after: side("added", before) };
}

/** A location whose host stays in one line. */
function locationPart(location: string): VNode {
  const slash = location.indexOf("/");
  const end = slash < 0 ? location.length : slash;
  return h("code", null, h("span", { class: "whole" }, location.slice(0, end)), location.slice(end));
}

const SIGNS: Record<Fate, string> = { same: "", gone: "−", new: "+", moved: "↕" };

function chain(name: string, endpoints: string[], fates: Fate[], isLet_in: boolean): VNode {
  const items = endpoints.map((endpoint, idx) => {
    const fate = fates[idx] ?? "same";
    return h(
      "li",
      { class: `tried fate-${fate}` },
      h("span", { class: "order" }, idx + 1),
      locationPart(endpoint),
      fate !== "same" && h("span", { class: "fate" }, `${SIGNS[fate]} ${fate}`),
    );
  });
  return h(
    "div",
    { class: "chain" },
    h("p", { class: "chain-name" }, name),
    endpoints.length === 0
      ? h("p", { class: "fails" }, icon("error"), "nothing is contacted: the pull fails")
      : h("ol", { role: "list", "aria-label": `endpoints ${name}, in order` }, items),
    !isLet_in && h("p", { class: "fails" }, icon("down"), "policy.json refuses the image"),
  );
}

function conf(state: State): Child {
  const view = drawn(state, "conf")?.value;
  const texts = view === undefined ? null : textsOf(view);
  if (texts === null) return null;
  return h(
    "div",
    { class: "node-file" },
    h("h2", null, "the same as text: ", h("code", null, CONF)),
    difference(texts.before, texts.after, "difference of registries.conf"),
  );
}

function textsOf({ before, after }: ConfView): { before: string; after: string } | null {
  if (before === undefined || isRefused(before) || isRefused(after)) return null;
  const text = (files: typeof after): string => files.find(({ path }) => path.endsWith(`/${CONF}`))?.text ?? "";
  return { before: text(before), after: text(after) };
}

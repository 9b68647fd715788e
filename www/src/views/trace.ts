/** Where images go: the chain of each, attempt by attempt, with the reason and the place of every one. */

import { h, type Child, type VNode } from "../dom";
import { icon } from "../icons";
import { MAX_IMAGES, imagesIn } from "../inputs";
import { isRefused, type Candidate, type ImageTrace, type Refused } from "../snapshot";
import type { Actions, State } from "../state";
import { ticked } from "./findings";
import { placesPart } from "./places";
import { entryPart, stepPart, skippedPart } from "./station";
import { verdictOf, fares } from "./verdict";

export function traceView(state: State, actions: Actions): Child {
  const trace = state.snapshot?.trace;
  return h(
    "div",
    { class: "trace" },
    fieldPart(state, actions),
    trace === undefined
      ? null
      : isRefused(trace.after)
        ? [refusedPart(trace.after, actions, "After the change"), trace.before === undefined ? null : tracesPart(trace.before, state, actions)]
        : trace.after.length === 0
          ? h("p", { class: "hint" }, "Type an image above, as a pod would name it.")
          : trace.after.map((after, idx) => imagePart(state, actions, after, beforeOf(trace.before, idx), idx)),
  );
}

function tracesPart(traces: ImageTrace[] | Refused, state: State, actions: Actions): Child {
  if (isRefused(traces)) return refusedPart(traces, actions, "Now");
  return traces.map((it, idx) => imagePart(state, actions, it, undefined, idx));
}

function beforeOf(before: ImageTrace[] | Refused | undefined, idx: number): ImageTrace | Refused | undefined {
  return before === undefined || isRefused(before) ? before : before[idx];
}

function fieldPart(state: State, actions: Actions): VNode {
  const n_images = imagesIn(state.images).length;
  const n_lines = state.images.split("\n").length;
  return h(
    "div",
    { class: "asked" },
    h("h2", { class: "question" }, h("label", { for: "images" }, "Where does this image pull go?")),
    h("textarea", {
      id: "images",
      class: "images",
      rows: Math.min(Math.max(n_lines, 1), 6),
      value: state.images,
      spellcheck: "false",
      autocapitalize: "off",
      autocomplete: "off",
      wrap: "off",
      placeholder: "registry.redhat.io/ubi9/ubi:latest, one image a line",
      oninput: (event) => {
        if (event.target instanceof HTMLTextAreaElement) actions.set({ images: event.target.value });
      },
    }),
    MAX_IMAGES < n_images &&
      h("p", { class: "hint" }, `the first ${MAX_IMAGES} of ${n_images} images are shown; `, h("code", null, "pullproof resolve"), " takes all"),
    state.down.length === 0
      ? null
      : h(
          "p",
          { class: "down-hosts" },
          "said to be down:",
          state.down.map((host) =>
            h(
              "button",
              {
                type: "button",
                class: "chip",
                title: `${host} answers again`,
                "aria-label": `${host} answers again`,
                onclick: () => actions.set({ down: state.down.filter((it) => it !== host) }),
              },
              host,
              icon("close"),
            ),
          ),
        ),
  );
}

function imagePart(
  state: State,
  actions: Actions,
  after: ImageTrace,
  before: ImageTrace | Refused | undefined,
  idx: number,
): VNode {
  const differs = before !== undefined && (isRefused(before) || fares(before) !== fares(after));
  return h(
    "article",
    { class: `image${differs ? " differs" : ""}`, key: `${idx}`, "aria-labelledby": `image-${idx}` },
    h(
      "header",
      { class: "image-head" },
      h("h3", { id: `image-${idx}`, class: "reference" }, referenceWords(after.image)),
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          title: "copy the chain as text, for a ticket",
          onclick: () => actions.copy(after.text, "the chain"),
        },
        icon("copy"),
        "copy as text",
      ),
    ),
    differs && before !== undefined
      ? [
          beforePart(state, actions, before),
          h("p", { class: "when" }, "after the change"),
          candidatesPart(state, actions, after),
        ]
      : [
          candidatesPart(state, actions, after),
          before === undefined ? null : h("p", { class: "unchanged" }, "the change does not alter this pull"),
        ],
  );
}

/** What happens without the change: a line, which opens. */
function beforePart(state: State, actions: Actions, before: ImageTrace | Refused): VNode {
  return h(
    "details",
    { class: "before" },
    h(
      "summary",
      null,
      h("span", { class: "when" }, "now"),
      isRefused(before)
        ? h("span", { class: "before-words bad" }, icon("error"), refusedWords(before))
        : before.error !== undefined
          ? h("span", { class: "before-words bad" }, icon("error"), ticked(before.error))
          : before.candidates.map((candidate) => {
              const { tone, words } = verdictOf(candidate);
              return h("span", { class: `before-words ${tone}` }, icon(MARKS[tone]), h("span", null, words));
            }),
    ),
    isRefused(before) ? reasonsPart(before, actions) : candidatesPart(state, actions, before),
  );
}

/** The image with its repository set apart from its long digest. */
function referenceWords(image: string): Child {
  const at = image.indexOf("@");
  if (at < 0) return image;
  return [image.slice(0, at), h("span", { class: "digest", title: image.slice(at + 1) }, image.slice(at))];
}

function candidatesPart(state: State, actions: Actions, trace: ImageTrace): Child {
  if (trace.error !== undefined) return h("p", { class: "verdict bad" }, icon("error"), h("span", null, ticked(trace.error)));
  return trace.candidates.map((candidate, idx) => candidatePart(state, actions, candidate, trace.candidates.length > 1 ? idx + 1 : 0));
}

function candidatePart(state: State, actions: Actions, candidate: Candidate, nth: number): VNode {
  const { tone, words } = verdictOf(candidate);
  let n_before = 0;
  return h(
    "div",
    { class: "candidate" },
    nth === 0 ? null : h("p", { class: "candidate-name" }, `${nth}. as `, h("code", null, candidate.reference)),
    h("p", { class: `verdict ${tone}` }, icon(MARKS[tone]), h("span", null, words)),
    h(
      "ol",
      { class: `route ${tone}`, role: "list" },
      entryPart(candidate, actions),
      candidate.skipped.map((skipped) => skippedPart(skipped, actions)),
      candidate.attempts.map((step) => {
        const isOpen = step.refused === undefined && !step.down;
        const isFirst = isOpen && n_before === 0;
        if (isOpen) n_before += 1;
        return stepPart(step, isFirst ? tone : null, state, actions);
      }),
      candidate.error === undefined
        ? null
        : h("li", { class: "stop refused" }, h("span", { class: "mark" }, icon("error")), h("div", { class: "stop-text" }, h("p", { class: "stop-word" }, "invalid"), h("p", { class: "endpoint" }, ticked(candidate.error)))),
    ),
    // It is asked after an endpoint has sent a manifest.
    candidate.policy === undefined || candidate.outcome.kind === "fails"
      ? null
      : h(
          "div",
          { class: `policy ${candidate.policy.verdict}` },
          icon("lock"),
          h(
            "p",
            null,
            h("strong", null, `policy.json: ${POLICY[candidate.policy.verdict]}`),
            " ",
            ticked(candidate.policy.message ?? candidate.policy.reason),
            " ",
            placesPart(candidate.policy.origins, undefined, actions),
          ),
        ),
  );
}

const MARKS = { good: "ok", aside: "warning", plain: "ok", bad: "error" } as const;

const POLICY = {
  accepted: "accepted",
  "needs-signatures": "needs signatures",
  rejected: "rejected",
} as const;

function refusedPart(refused: Refused, actions: Actions, when: string): VNode {
  return h(
    "div",
    { class: "refusal" },
    h("p", { class: "verdict bad" }, icon("error"), h("span", null, `${when}, ${refusedWords(refused)}.`)),
    reasonsPart(refused, actions),
  );
}

function refusedWords(refused: Refused): string {
  return refused.by === "operator" ? "the Machine Config Operator writes nothing" : "nodes cannot load their configuration";
}

function reasonsPart(refused: Refused, actions: Actions): VNode {
  return h(
    "ul",
    { class: "reasons" },
    refused.reasons.map((it) =>
      h("li", null, ticked(it.reason), " ", it.place === undefined ? null : placesPart([it.place], undefined, actions)),
    ),
  );
}

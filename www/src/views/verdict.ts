/** What comes of a pull, in a sentence. */

import { h, type Child } from "../dom";
import type { Candidate, ImageTrace } from "../snapshot";

/** How a verdict is told: `aside` is a pull that goes past mirrors to where it was written to go. */
export type Tone = "good" | "aside" | "plain" | "bad";

export interface Verdict {
  tone: Tone;
  words: Child;
}

export function verdictOf(candidate: Candidate): Verdict {
  const { outcome, attempts, skipped } = candidate;
  if (outcome.kind === "fails") return { tone: "bad", words: ["Fails: ", outcome.reason, "."] };
  const first = attempts.find((step) => step.refused === undefined && !step.down);
  const host = h("strong", null, first?.host ?? outcome.first);
  const others = outcome.n_endpoints - 1;
  const rest = others === 0 ? ", and to nobody else" : ` first, then to ${others === 1 ? "1 other" : `${others} others`}`;
  if (outcome.kind === "rejected") {
    return { tone: "bad", words: ["Goes to ", host, rest, "; then policy.json rejects the image."] };
  }
  if (first?.endpoint === "mirror") return { tone: "good", words: ["Goes to ", host, rest, "."] };
  if (first?.endpoint === "as-written") {
    return { tone: "plain", words: ["Goes to ", host, ", as written: no entry matches it."] };
  }
  const isPast = skipped.length > 0 || attempts.length > 1;
  return { tone: isPast ? "aside" : "plain", words: ["Goes ", isPast ? "past its mirrors " : "", "to the source ", host, rest, "."] };
}

/** All that a chain does, without places and reasons: two pulls with one such text fare alike. */
export function fares(trace: ImageTrace): string {
  return JSON.stringify([
    trace.error,
    trace.candidates.map((it) => [
      it.reference,
      it.attempts.map((step) => [step.reference, step.insecure, step.refused]),
      it.error,
      it.policy?.verdict,
    ]),
  ]);
}

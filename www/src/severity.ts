/** Severities in the order of gravity, and their words. */

import type { Finding, Severity, Snapshot } from "./snapshot";

export const SEVERITIES: readonly Severity[] = ["error", "warning", "info"];

export const WORDS: Record<Severity, { one: string; many: string }> = {
  error: { one: "error", many: "errors" },
  warning: { one: "warning", many: "warnings" },
  info: { one: "note", many: "notes" },
};

/** Findings as they are listed, by their indices: the gravest first, each severity in the order of places. */
export function listed(findings: readonly Finding[]): number[] {
  return SEVERITIES.flatMap((severity) =>
    findings.flatMap((finding, idx) => (finding.severity === severity ? [idx] : [])),
  );
}

/** How many of one severity, in words. */
export function counted(severity: Severity, n: number): string {
  return `${n} ${n === 1 ? WORDS[severity].one : WORDS[severity].many}`;
}

/** All counts in a sentence, such as `1 error, 2 notes`. */
export function summary(snapshot: Snapshot): string {
  const parts = SEVERITIES.filter((it) => snapshot.counts[it] > 0).map((it) => counted(it, snapshot.counts[it]));
  return parts.length === 0 ? "no findings" : parts.join(", ");
}

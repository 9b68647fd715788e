/** Findings and traces as Markdown, for tickets and chats. */

import type { Finding, ImageTrace, Snapshot } from "../snapshot";
import { isRefused } from "../snapshot";
import type { Shared } from "./link";

/** The whole answer; `link` is left out where it is `null`. */
export function markdownOf(shared: Shared, snapshot: Snapshot, link: string | null): string {
  const parts = [`**Where pulls go, OpenShift ${shared.openshift}**`, findingsOf(snapshot.findings)];
  const after = snapshot.trace?.after;
  if (isRefused(after)) {
    parts.push(after.reasons.map(({ reason }) => `- nodes get nothing: ${reason}`).join("\n"));
  } else if (after !== undefined && after.length > 0) {
    parts.push(fenced(after.map((trace: ImageTrace) => trace.text.trimEnd()).join("\n\n")));
  }
  if (link !== null) parts.push(`[open in the playground](${link})`);
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function findingsOf(findings: readonly Finding[]): string {
  if (findings.length === 0) return "Nothing is wrong.";
  const rows = findings.map(({ severity, code, rule, place, message }) =>
    [severity, `${code} ${rule}`, `${place.file}:${place.line}:${place.column}`, message].map(cell),
  );
  const lines = [["severity", "rule", "place", "what"], ["---", "---", "---", "---"], ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Text that stays in its cell: user text may have anything but the backticks it stands in. */
function cell(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replaceAll("\\", "\\\\")
    .replaceAll("|", "\\|")
    .replaceAll("<", "&lt;");
}

/** A block of text as it is: its fence is longer than any in it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

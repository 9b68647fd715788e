/** `index.html`, which shows the default example and its findings before any script runs. */

import { readFileSync } from "node:fs";
import { WWW } from "./places.mjs";

/** The policy of the page; the servers' headers say the same, and more that only headers can say. */
export function policy() {
  return readFileSync(`${WWW}policy.txt`, "utf8").trim().split("\n").join("; ");
}

/** Fills the template: `head` is HTML, `body` too. */
export function documentOf({ policy, head, body }) {
  const icon = readFileSync(`${WWW}icon.svg`, "utf8").trim();
  const values = { policy, icon: `data:image/svg+xml,${encodeURIComponent(icon)}`, head, body };
  const template = readFileSync(`${WWW}index.template.html`, "utf8");
  return template.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name]);
}

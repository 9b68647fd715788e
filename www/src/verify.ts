/** The attempt to send something, in front of everybody. */

import type { Verification } from "./state";

/** How long the browser may take to tell which rule refused the attempt. */
const VIOLATION_MS = 200;

/** A name that belongs to nobody, for pages from a disk: browsers let files read themselves. */
const NOBODY = "https://pullproof.invalid/";

/** Tries to send a request to the place that the page came from, and tells what came of it. */
export async function verify(): Promise<Verification> {
  const violation = new Promise<string>((resolve) => {
    const listen = (event: SecurityPolicyViolationEvent): void => {
      resolve(`${event.effectiveDirective} '${policyOf(event)}'`);
    };
    document.addEventListener("securitypolicyviolation", listen, { once: true });
    setTimeout(() => {
      document.removeEventListener("securitypolicyviolation", listen);
      resolve("");
    }, VIOLATION_MS);
  });
  try {
    const answer = await fetch(location.protocol === "file:" ? NOBODY : document.baseURI, { cache: "no-store" });
    return { kind: "sent", words: `the server answered with ${answer.status}: this page is served without its policy` };
  } catch (error) {
    const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const directive = await violation;
    // Without a violation it was the network that refused, which proves nothing.
    if (directive === "") return { kind: "sent", words: `it was tried, and failed (${words}), but no policy refused it` };
    return { kind: "refused", words: `${directive}; ${words}` };
  }
}

function policyOf(event: SecurityPolicyViolationEvent): string {
  const directive = event.originalPolicy.split(";").find((it) => it.trim().startsWith(event.effectiveDirective));
  return directive?.trim().split(/\s+/)[1]?.replaceAll("'", "") ?? "none";
}

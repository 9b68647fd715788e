/** What of everything is shared, and what came of preparing that. */

/** What is left out of what is shared. */
export interface Choice {
  /** Private host names are replaced by made-up ones. */
  redact: boolean;
  /** Comments are dropped. */
  bare: boolean;
  /** Only the proposed change is shared. */
  alone: boolean;
}

export const EVERYTHING: Choice = { redact: false, bare: false, alone: false };

/** What is ready to be taken along. */
export interface Prepared {
  /** The whole link, or why there is none. */
  link: { url: string } | { problem: string };
  /** Names of files that are not shared, for they have credentials. */
  secret: string[];
  /** How many hosts have other names. */
  n_hosts: number;
  /** Whether the engine finds the same after that; `null` where it was not asked. */
  is_same: boolean | null;
}

/** Ways to take everything along. */
export type Deed = "markdown" | "zip" | "html";

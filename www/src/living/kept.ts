/** What the file holds beside its script: elements that browsers do not run. */

import type { Start } from "../state";

/** What is shared, as `share/report.ts` writes it. */
export interface Kept {
  start: Start;
  /** Where links lead; `null` where nobody is to know. */
  page: string | null;
}

/** The text of an element of the file. */
export function textOf(id: string): string {
  const text = document.getElementById(id)?.textContent;
  if (text === undefined || text === null) throw new Error(`the file has no ${id}`);
  return text;
}

export const kept: Kept = JSON.parse(textOf("kept"));

/** The engine, compressed and in Base64. */
export const engineText: string = textOf("engine");

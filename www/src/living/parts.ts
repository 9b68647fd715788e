/** What a file made by the file is made of: the same. */

import type { Parts } from "../share/parts";
import { engineText, kept, textOf } from "./kept";

// The page takes the place of all that is in the body when it comes to life.
const script = textOf("page");

/** What this file was made of. */
export async function partsOf(): Promise<Parts> {
  const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute("content") ?? "";
  return { policy, style: textOf("style"), script, engine: engineText };
}

/** Where links lead: to the page that the file was made by. */
export function pageAddress(): string | null {
  return kept.page;
}

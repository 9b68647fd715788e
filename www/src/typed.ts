/** What a change of the state is when somebody types: another text of one file, and nothing else. */

import { editBetween } from "./edit";
import type { InputFile } from "./snapshot";
import { nameOf, type State } from "./state";

/**
 * The longest edit that changes what an answer costs only by little, in characters: a few lines, as
 * completions put in. What is pasted may cost anything.
 */
export const TYPED_CHARS = 400;

/**
 * How many characters of texts were put in the place of others, where nothing else is another and an
 * answer is to be expected; `null` for any other change.
 */
export function typed(state: State, before: State): number | null {
  const { files, revision, ...rest } = state;
  const isRestSame = Object.entries(rest).every(([name, value]) => before[name as keyof State] === value);
  if (revision === before.revision || state.engine.kind !== "ready" || !isRestSame) return null;
  if (files.length !== before.files.length) return null;
  let n_chars = 0;
  for (const [idx, file] of files.entries()) {
    const was = before.files[idx];
    if (file === was) continue;
    if (was === undefined || !isSameButText(file, was)) return null;
    const { from, to, end } = editBetween(was.text, file.text);
    n_chars += Math.max(to, end) - from;
  }
  return n_chars;
}

function isSameButText(file: InputFile, was: InputFile): boolean {
  return nameOf(file) === nameOf(was) && file.removed === was.removed;
}

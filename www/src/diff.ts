/** What differs between two texts, line by line: Myers' greedy algorithm, within a bound. */

/** A line of one or of both texts; lines count from 1. */
export type DiffLine =
  | { kind: "same"; text: string; before: number; after: number }
  | { kind: "removed"; text: string; before: number }
  | { kind: "added"; text: string; after: number };

export interface Diff {
  lines: DiffLine[];
  n_added: number;
  n_removed: number;
  /** Whether the texts differ too much, so that all between their ends counts as changed. */
  isCoarse: boolean;
}

/** Lines that stand together, with some around them that are the same. */
export interface Hunk {
  /** How many lines that are the same were left out before it. */
  n_skipped: number;
  lines: DiffLine[];
}

/**
 * How many lines may be removed and added before the search ends. Time is at most the lines times
 * this, memory its square: 4 MB, and no change that a person can read is larger.
 */
export const MAX_EDITS = 1000;

/** How many lines that are the same are shown around a change. */
const N_AROUND = 3;

/** The lines of a text; a last one without an end counts, an empty one after the end does not. */
export function linesOf(text: string): string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  if (lines[lines.length - 1] === "") lines.pop();
  return lines;
}

/** How `after` came of `before`, in order; where lines change, those removed come first. */
export function diffLines(before: string, after: string): Diff {
  const old = linesOf(before);
  const now = linesOf(after);
  const shorter = Math.min(old.length, now.length);
  let n_first = 0;
  while (n_first < shorter && old[n_first] === now[n_first]) n_first += 1;
  let n_last = 0;
  while (n_last < shorter - n_first && old[old.length - 1 - n_last] === now[now.length - 1 - n_last]) n_last += 1;

  const kept = matches(old.slice(n_first, old.length - n_last), now.slice(n_first, now.length - n_last));
  const pairs: Pair[] = [];
  for (let line = 0; line < n_first; line += 1) pairs.push([line, line]);
  for (const [was, is] of kept ?? []) pairs.push([was + n_first, is + n_first]);
  for (let line = n_last; 0 < line; line -= 1) pairs.push([old.length - line, now.length - line]);
  return { ...told(old, now, pairs), isCoarse: kept === null };
}

/** The changes of a diff with what is around them; none where the texts are the same. */
export function hunks(diff: Diff): Hunk[] {
  const { lines } = diff;
  const found: Hunk[] = [];
  let shown_to = 0;
  for (let at = 0; at < lines.length; at += 1) {
    if (lines[at]?.kind === "same") continue;
    const from = Math.max(shown_to, at - N_AROUND);
    let to = at;
    for (let next = at; next < lines.length && next <= to + 2 * N_AROUND; next += 1) {
      if (lines[next]?.kind !== "same") to = next;
    }
    const end = Math.min(lines.length, to + 1 + N_AROUND);
    found.push({ n_skipped: from - shown_to, lines: lines.slice(from, end) });
    shown_to = end;
    at = end - 1;
  }
  return found;
}

/** Indices of a line that is in both texts. */
type Pair = [before: number, after: number];

/** Lines in common in the fewest edits, in order; `null` when these are more than `MAX_EDITS`. */
function matches(old: string[], now: string[]): Pair[] | null {
  const n_most = Math.min(MAX_EDITS, old.length + now.length);
  const middle = n_most + 1;
  // How far each diagonal reaches in `old`; what it was before each number of edits is kept.
  const reach = new Int32Array(2 * n_most + 3);
  const was: Int32Array[] = [];
  for (let n_edits = 0; n_edits <= n_most; n_edits += 1) {
    was.push(reach.slice(middle - n_edits - 1, middle + n_edits + 2));
    for (let diagonal = -n_edits; diagonal <= n_edits; diagonal += 2) {
      let { x } = start(reach, middle, diagonal, n_edits);
      while (x < old.length && x - diagonal < now.length && old[x] === now[x - diagonal]) x += 1;
      reach[middle + diagonal] = x;
      if (old.length <= x && diagonal === old.length - now.length) return traced(was, old.length, now.length);
    }
  }
  return null;
}

/** Where a diagonal starts after one more edit: a line added, or one removed. */
function start(reach: Int32Array, middle: number, diagonal: number, n_edits: number): { x: number; isAdded: boolean } {
  const below = reach[middle + diagonal - 1] ?? 0;
  const above = reach[middle + diagonal + 1] ?? 0;
  const isAdded = diagonal === -n_edits || (diagonal !== n_edits && below < above);
  return { x: isAdded ? above : below + 1, isAdded };
}

/** Walks back from the ends of both texts along the edits that were found. */
function traced(was: Int32Array[], n_old: number, n_now: number): Pair[] {
  const pairs: Pair[] = [];
  let x = n_old;
  let y = n_now;
  for (let n_edits = was.length - 1; 0 <= n_edits; n_edits -= 1) {
    const from = start(was[n_edits] ?? new Int32Array(), n_edits + 1, x - y, n_edits);
    while (from.x < x) {
      x -= 1;
      y -= 1;
      pairs.push([x, y]);
    }
    if (from.isAdded) y -= 1;
    else x -= 1;
  }
  return pairs.reverse();
}

function told(old: string[], now: string[], pairs: Pair[]): Omit<Diff, "isCoarse"> {
  const lines: DiffLine[] = [];
  let n_added = 0;
  let n_removed = 0;
  let x = 0;
  let y = 0;
  for (const [was, is] of [...pairs, [old.length, now.length] as Pair]) {
    for (; x < was; x += 1, n_removed += 1) lines.push({ kind: "removed", text: old[x] ?? "", before: x + 1 });
    for (; y < is; y += 1, n_added += 1) lines.push({ kind: "added", text: now[y] ?? "", after: y + 1 });
    if (x < old.length && y < now.length) lines.push({ kind: "same", text: old[x] ?? "", before: x + 1, after: y + 1 });
    x += 1;
    y += 1;
  }
  return { lines, n_added, n_removed };
}

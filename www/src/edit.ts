/** What one text has in the place of what another had. */

export interface Edit {
  /** Where they begin to differ. */
  from: number;
  /** Where that ends in the text before. */
  to: number;
  /** Where it ends in the text after. */
  end: number;
}

/** The edit that turns one text into another: what stands between what both begin and end with. */
export function editBetween(before: string, after: string): Edit {
  const shorter = Math.min(before.length, after.length);
  let from = 0;
  while (from < shorter && before.charCodeAt(from) === after.charCodeAt(from)) from += 1;
  let n_last = 0;
  const last = (text: string): number => text.charCodeAt(text.length - 1 - n_last);
  while (n_last < shorter - from && last(before) === last(after)) n_last += 1;
  return { from, to: before.length - n_last, end: after.length - n_last };
}

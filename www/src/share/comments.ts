/** Texts without their comments, so that links are shorter and say less. */

/** Comments that say what is left out of findings, which count as text does. */
const MEANT = /^#\s*pullproof:/;

/**
 * The text without comments of YAML and TOML; lines that have nothing else go whole. Within
 * quotes and block scalars `#` is text, and so it is behind anything but a space.
 */
export function withoutComments(text: string): string {
  const kept: string[] = [];
  let quote = "";
  // The indentation that lines of a block scalar are deeper than; -1 outside of one.
  let block = -1;
  for (const line of text.split("\n")) {
    const indentation = line.search(/[^ ]|$/);
    const is_blank = line.trim() === "";
    if (block !== -1 && (is_blank || block < indentation)) {
      kept.push(line);
      continue;
    }
    block = -1;
    const { end, quote: open } = endOf(line, quote);
    quote = open;
    const comment = line.slice(end).trimEnd();
    if (comment === "" || MEANT.test(comment)) {
      kept.push(line);
    } else {
      const rest = line.slice(0, end).trimEnd();
      if (rest !== "") kept.push(rest + (line.endsWith("\r") ? "\r" : ""));
    }
    if (quote === "" && /(?:^|[\s:-])[|>][-+0-9]*\s*$/.test(line.slice(0, end))) block = indentation;
  }
  return kept.join("\n");
}

/** Where the comment of a line starts, its length where it has none; and the quote left open. */
function endOf(line: string, before: string): { end: number; quote: string } {
  let quote = before;
  for (let at = 0; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (quote === '"' && char === "\\") at += 1;
    else if (quote !== "") quote = char === quote ? "" : quote;
    else if ((char === '"' || char === "'") && /^$|[\s[{,:=(-]/.test(line.charAt(at - 1))) quote = char;
    else if (char === "#" && /^$|\s/.test(line.charAt(at - 1))) return { end: at, quote };
  }
  return { end: line.length, quote };
}

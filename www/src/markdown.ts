/** The Markdown of rule pages as nodes: headings, paragraphs, lists, code, emphasis; links as text. */

import { h, type Child, type VNode } from "./dom";

export function markdown(text: string): VNode[] {
  const lines = text.split("\n");
  const nodes: VNode[] = [];
  let at = 0;
  const take = (isMore: (line: string) => boolean): string[] => {
    const from = at;
    while (at < lines.length && isMore(lines[at] ?? "")) at += 1;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const heading = /^(#{1,4}) (.*)$/.exec(line);
    const fence = /^```(\S*)/.exec(line);
    if (line.trim() === "") {
      at += 1;
    } else if (fence !== null) {
      at += 1;
      const code = take((it) => !it.startsWith("```"));
      at += 1;
      nodes.push(h("pre", { class: `code ${fence[1] ?? ""}`.trim(), tabindex: 0 }, h("code", null, code.join("\n"))));
    } else if (heading !== null) {
      at += 1;
      // Below the title of what holds the page.
      nodes.push(h(`h${Math.min((heading[1]?.length ?? 1) + 1, 6)}`, null, inline(heading[2] ?? "")));
    } else if (isItem(line)) {
      nodes.push(list(take((it) => isItem(it) || /^\s+\S/.test(it))));
    } else {
      nodes.push(h("p", null, inline(take((it) => it.trim() !== "" && !isBlock(it)).join(" "))));
    }
  }
  return nodes;
}

function isItem(line: string): boolean {
  return /^([-*]|\d+\.) /.test(line);
}

function isBlock(line: string): boolean {
  return line.startsWith("```") || /^#{1,4} /.test(line) || isItem(line);
}

function list(lines: string[]): VNode {
  const items: string[] = [];
  for (const line of lines) {
    if (isItem(line)) items.push(line.replace(/^([-*]|\d+\.) /, ""));
    else items.push(`${items.pop() ?? ""} ${line.trim()}`);
  }
  const tag = /^\d/.test(lines[0] ?? "") ? "ol" : "ul";
  return h(tag, null, items.map((item) => h("li", null, inline(item))));
}

/** Code, emphasis and links within a line. */
function inline(text: string): Child[] {
  const parts: Child[] = [];
  const pattern = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\(([^)]+)\)/g;
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    parts.push(text.slice(from, match.index));
    from = match.index + match[0].length;
    const [, code, strong, soft, words, address] = match;
    if (code !== undefined) parts.push(h("code", null, code));
    else if (strong !== undefined) parts.push(h("strong", null, strong));
    else if (soft !== undefined) parts.push(h("em", null, soft));
    else parts.push(`${words ?? ""} (${address ?? ""})`);
  }
  parts.push(text.slice(from));
  return parts;
}

/** Arrow keys among the parts of a list of which the Tab key stops at one. */

/**
 * Moves the focus between elements with `data-rove` below the listener's own: up, down, first
 * and last. Elements get their `tabindex` from the view; the one that has the focus keeps it.
 */
export function rove(event: Event): void {
  if (!(event instanceof KeyboardEvent) || event.altKey || event.ctrlKey || event.metaKey) return;
  const list = event.currentTarget;
  if (!(list instanceof Element) || !(event.target instanceof Element)) return;
  const all = [...list.querySelectorAll<HTMLElement | SVGElement>("[data-rove]")];
  const at = all.findIndex((it) => it.contains(event.target as Element));
  const next = nextIndex(event.key, at, all.length);
  if (next === null) return;
  event.preventDefault();
  all[next]?.focus();
}

/** Where a key leads among some; `null` when it leads nowhere. */
export function nextIndex(key: string, at: number, n: number): number | null {
  const wanted = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: n - 1 }[key];
  if (wanted === undefined || at < 0 || wanted < 0 || n <= wanted || wanted === at) return null;
  return wanted;
}

/** Small pictures, drawn in the colour of the text around them and hidden from those who listen. */

import { h, type VNode } from "./dom";

const PATHS = {
  error: "M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2zM5.5 5.5l5 5m0-5l-5 5",
  warning: "M8 1.8l6.7 12H1.3zM8 6.2v3.6m0 1.9v.3",
  info: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM8 7.2v4m0-6.6v.3",
  ok: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM5 8.2l2.1 2.2L11 6",
  next: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11z",
  down: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM3.5 3.5l9 9",
  skipped: "M2 5.5c3-3.5 9-3.5 11 1.5m0-4v4h-4M5 12h6",
  plus: "M8 3v10M3 8h10",
  close: "M4 4l8 8m0-8l-8 8",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  share: "M8 10V2m0 0L5 5m3-3l3 3M3 8v5.5h10V8",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5m0 11V15M1 8h1.5m11 0H15M3 3l1.1 1.1m7.8 7.8L13 13M13 3l-1.1 1.1M4.1 11.9L3 13",
  moon: "M13.5 9.8A6 6 0 0 1 6.2 2.5a6 6 0 1 0 7.3 7.3z",
  half: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM8 1.5v13M8 4h3.7M8 6.5h6M8 9h6.4M8 11.7h4.6",
  lock: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  file: "M4 1.5h5l3.5 3.5v9.5H4zM9 1.5V5h3.5",
  grid: "M2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h4v4h-4z",
  wrench: "M13.8 4.4a3.6 3.6 0 0 1-4.9 4.3l-4.7 4.8-1.7-1.7 4.8-4.7a3.6 3.6 0 0 1 4.3-4.9L9.4 4.4l2.2 2.2z",
  unfold: "M3.5 10L8 5.5l4.5 4.5",
  fold: "M3.5 6L8 10.5 12.5 6",
  arrow: "M3 8h10m0 0L9.5 4.5M13 8l-3.5 3.5",
  reload: "M13 8A5 5 0 1 1 11.3 4.3M11.5 1.5v3h-3",
  drain: "M6 2.5H2.5v11H6M6.5 8H14m-3-3l3 3-3 3",
  reboot: "M8 1.5V7M4.5 4a5.5 5.5 0 1 0 7 0",
  host: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM1.5 8h13M8 1.5c-3.5 3-3.5 10 0 13 3.5-3 3.5-10 0-13",
  first: "M2 4.5h7.5M2 8h12M2 11.5h7.5M11 5l3 3-3 3",
  order: "M5 2.5V13M2.5 10.5L5 13l2.5-2.5M11 13.5V3M8.5 5.5L11 3l2.5 2.5",
} as const;

export type Icon = keyof typeof PATHS;

/** A picture; words beside it say the same. */
export function icon(name: Icon, more = ""): VNode {
  return h(
    "svg",
    { class: `icon icon-${name} ${more}`.trim(), viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" },
    h("path", { d: PATHS[name] }),
  );
}

/** Borders that can be dragged, and moved with arrow keys. */

import { h, type VNode } from "../dom";
import type { Actions, Sizes, State } from "../state";

/** How far each goes, in per cent: enough is left to see what is beside it. */
const LIMITS: Record<keyof Sizes, { least: number; most: number }> = {
  files: { least: 10, most: 32 },
  editor: { least: 16, most: 60 },
  findings: { least: 10, most: 70 },
};

/** How far an arrow key moves one, in per cent. */
const STEP = 2;

export function splitter(state: State, actions: Actions, name: keyof Sizes, title: string): VNode {
  const { least, most } = LIMITS[name];
  const isAcross = name === "findings";
  const move = (to: number): void => {
    const size = Math.min(Math.max(Math.round(to * 10) / 10, least), most);
    actions.set({ sizes: { ...state.sizes, [name]: size } });
  };
  return h("div", {
    class: `splitter splitter-${name}`,
    role: "separator",
    tabindex: 0,
    "aria-label": title,
    "aria-orientation": isAcross ? "horizontal" : "vertical",
    "aria-valuemin": least,
    "aria-valuemax": most,
    "aria-valuenow": state.sizes[name],
    onkeydown: (event) => {
      if (!(event instanceof KeyboardEvent)) return;
      const [less, more] = isAcross ? ["ArrowDown", "ArrowUp"] : ["ArrowLeft", "ArrowRight"];
      const to = { [less]: state.sizes[name] - STEP, [more]: state.sizes[name] + STEP, Home: least, End: most }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      move(to);
    },
    onpointerdown: (event) => {
      if (event instanceof PointerEvent && event.currentTarget instanceof HTMLElement) {
        event.preventDefault();
        event.currentTarget.focus();
        event.currentTarget.setPointerCapture(event.pointerId);
      }
    },
    onpointermove: (event) => {
      if (!(event instanceof PointerEvent) || !(event.currentTarget instanceof HTMLElement)) return;
      if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
      const around = event.currentTarget.closest(".app")?.getBoundingClientRect();
      if (around === undefined) return;
      if (isAcross) move((100 * (around.bottom - event.clientY)) / around.height);
      else move((100 * (event.clientX - around.left)) / around.width - (name === "editor" ? state.sizes.files : 0));
    },
  });
}

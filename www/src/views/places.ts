/** Places as links: the bytes in objects, and the line of registries.conf. */

import { h, type Child } from "../dom";
import type { Place } from "../snapshot";
import type { Actions } from "../state";

/** Links to places in objects, then to the line of registries.conf. */
export function placesPart(origins: readonly Place[], conf: Place | undefined, actions: Actions): Child {
  if (origins.length === 0 && conf === undefined) return null;
  return h(
    "span",
    { class: "places" },
    origins.map((place) => [placeLink(place, actions), " "]),
    conf === undefined
      ? null
      : h(
          "button",
          { type: "button", class: "link conf", title: "the line of registries.conf", onclick: () => actions.show(conf) },
          `registries.conf:${conf.line}`,
        ),
  );
}

/** A link to one place, by its object where it is in one. */
export function placeLink(place: Place, actions: Actions): Child {
  const file = place.file.slice(place.file.indexOf("/") + 1);
  const role = place.role === undefined ? "" : `${place.role}, `;
  return h(
    "button",
    {
      type: "button",
      class: "link",
      title: `${role}${place.file}:${place.line}:${place.column}`,
      onclick: () => actions.show(place),
    },
    `${place.object ?? file}:${place.line}`,
  );
}

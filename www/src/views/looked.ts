/** Which parts of a view belong to what is looked at elsewhere: an object, or a line of it. */

import type { Place } from "../snapshot";
import type { State } from "../state";

/** The name of registries.conf in places. */
export const CONF = "registries.conf";

/** The place in an object that is looked at: what was shown last, or the finding that is picked. */
export function lookedAt(state: State): Place | null {
  if (state.shown !== null && state.shown.file !== CONF) return state.shown;
  return state.snapshot?.findings[state.finding]?.place ?? null;
}

/** Whether one of these places is in the object that is looked at. */
export function isLookedAt(looked: Place | null, places: readonly (Place | undefined)[]): boolean {
  if (looked === null) return false;
  return places.some((place) => {
    if (place === undefined || place.file !== looked.file) return false;
    return looked.object === undefined ? place.line === looked.line : place.object === looked.object;
  });
}

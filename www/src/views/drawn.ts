/** Which answer a view shows, and how far it can be trusted. */

import type { Snapshot, View } from "../snapshot";
import type { State } from "../state";

/** An answer and how far it can be trusted. */
export interface Drawn<T> {
  value: T;
  /** Whether it is of earlier texts, for those of now cannot all be read. */
  isStale: boolean;
  /** Whether it is of only those texts that can be read. */
  isPartial: boolean;
}

/** The newest answer of a view; the last good one while some text cannot be read. */
export function drawn<K extends View>(state: State, view: K): Drawn<NonNullable<Snapshot[K]>> | null {
  const { snapshot, good } = state;
  const isReadable = snapshot?.readable ?? true;
  const last = good?.snapshot[view];
  if (!isReadable && last) return { value: last, isStale: true, isPartial: false };
  const newest = snapshot?.[view];
  if (newest) return { value: newest, isStale: false, isPartial: !isReadable };
  return null;
}

/** Whether there is any object of a kind that says something about pulls. */
export function hasObjects(state: State): boolean {
  return state.snapshot === null || state.snapshot.objects.some(({ about }) => about === "pulls");
}

/**
 * What the page as one file is made of beside what is shared, and where the page is. The file
 * itself has `../living/parts.ts` in the place of this.
 */

import { bytesOfEngine, type EngineModule } from "../engine_text";
import { wholeOf } from "../engine_whole";
import { deflate, toBase64 } from "./bytes";

/** Texts that go into every such file. */
export interface Parts {
  /** The policy, which knows the two texts below by their hashes. */
  policy: string;
  style: string;
  /** The whole page as one script. */
  script: string;
  /** The engine, compressed and in Base64. */
  engine: string;
}

/** The names of the modules beside the page with the engine's first half, and the rest; the build puts them here. */
declare const ENGINE_FILES: readonly [string, string];

/** Loads what this page has no need of; the engine comes from the browser's cache. */
export async function partsOf(): Promise<Parts> {
  const load = async (file: string) => bytesOfEngine((await import(new URL(file, document.baseURI).href)) as EngineModule);
  const [first, rest] = ENGINE_FILES;
  const [{ living }, ...halves] = await Promise.all([import("../../generated/living"), load(first), load(rest)]);
  const engine = wholeOf(...halves);
  return { ...living, engine: toBase64(await deflate(engine)) };
}

/** Where links lead: to this page, without what is behind `#`. */
export function pageAddress(): string | null {
  return location.href.split("#")[0] ?? null;
}

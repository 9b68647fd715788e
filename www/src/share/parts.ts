/**
 * What the page as one file is made of beside what is shared, and where the page is. The file
 * itself has `../living/parts.ts` in the place of this.
 */

import { bytesOfEngine, type EngineModule } from "../engine_text";
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

/** The name of the engine's module beside the page; the build puts it here. */
declare const ENGINE_FILE: string;

/** Loads what this page has no need of; the engine comes from the browser's cache. */
export async function partsOf(): Promise<Parts> {
  const address = new URL(ENGINE_FILE, document.baseURI).href;
  const [{ living }, engine] = await Promise.all([
    import("../../generated/living"),
    import(address) as Promise<EngineModule>,
  ]);
  return { ...living, engine: toBase64(await deflate(bytesOfEngine(engine))) };
}

/** Where links lead: to this page, without what is behind `#`. */
export function pageAddress(): string | null {
  return location.href.split("#")[0] ?? null;
}

/** How the worker comes by the engine: as scripts, since the page's policy lets nothing be fetched. */

import { bytesOfEngine, type EngineModule } from "./engine_text";
import { wholeOf } from "./engine_whole";

/** What whoever starts the worker writes before the worker's own text. */
interface Given {
  /** Where the modules with the engine's first half, and with the rest, are; the rest may be left out. */
  engineAt?: string[];
  /** The whole engine itself, compressed and in Base64. */
  engineText?: string;
}

const { engineAt, engineText } = self as unknown as Given;

/** Whether it is all of the engine. */
export const isWhole = engineAt?.length !== 1;

/** The engine's WebAssembly. */
export async function engineBytes(): Promise<Uint8Array<ArrayBuffer>> {
  if (engineText !== undefined) {
    return inflated(Uint8Array.from(atob(engineText), (character) => character.charCodeAt(0)));
  }
  const modules: EngineModule[] = await Promise.all((engineAt ?? []).map((address) => import(address)));
  const [first, rest] = modules.map(bytesOfEngine);
  if (first === undefined) throw new Error("nobody said where the engine is");
  return rest === undefined ? first : wholeOf(first, rest);
}

async function inflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

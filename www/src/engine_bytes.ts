/** How the worker comes by the engine: as a script, since the page's policy lets nothing be fetched. */

import { bytesOfEngine, type EngineModule } from "./engine_text";

/** What whoever starts the worker writes before the worker's own text. */
interface Given {
  /** Where the engine's module is. */
  engineAt?: string;
  /** The engine itself, compressed and in Base64. */
  engineText?: string;
}

/** The engine's WebAssembly. */
export async function engineBytes(): Promise<Uint8Array<ArrayBuffer>> {
  const { engineAt, engineText } = self as unknown as Given;
  if (engineText !== undefined) {
    return inflated(Uint8Array.from(atob(engineText), (character) => character.charCodeAt(0)));
  }
  if (engineAt === undefined) throw new Error("nobody said where the engine is");
  const module: EngineModule = await import(engineAt);
  return bytesOfEngine(module);
}

async function inflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

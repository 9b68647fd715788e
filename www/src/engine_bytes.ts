/** How the worker comes by the engine: as a script, since the page's policy lets nothing be fetched. */

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
  if (engineText !== undefined) return inflated(bytesOf(atob(engineText)));
  if (engineAt === undefined) throw new Error("nobody said where the engine is");
  const module: { engine: string } = await import(engineAt);
  return bytesOf(module.engine);
}

async function inflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The bytes that a text stands for, one for each character. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

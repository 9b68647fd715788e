/** The engine as the build writes it: scripts, in each of which is a part of it as a text. */

/** What such a script exports. */
export interface EngineModule {
  /** One character for each byte, whose code is the byte with the bits of `mask` turned over. */
  engine: string;
  mask: number;
}

/** The part's bytes. */
export function bytesOfEngine({ engine, mask }: EngineModule): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(engine.length);
  for (let at = 0; at < engine.length; at += 1) bytes[at] = engine.charCodeAt(at) ^ mask;
  return bytes;
}

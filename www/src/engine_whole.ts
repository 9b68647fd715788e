/** The whole engine, made of what is loaded first and of the rest (`build/halves.mjs`). */

/**
 * The engine's WebAssembly: `first` with what `rest` says.
 *
 * `rest` has the number of steps, of each how many bytes are kept, passed over and inserted, then
 * all that is inserted; numbers are as in WebAssembly, seven bits a byte, the lowest first.
 */
export function wholeOf(first: Uint8Array, rest: Uint8Array): Uint8Array<ArrayBuffer> {
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = rest[at] ?? 0;
      at += 1;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const steps = Array.from({ length: number() }, () => ({ n_kept: number(), n_passed: number(), n_inserted: number() }));
  const more = steps.reduce((sum, { n_passed, n_inserted }) => sum + n_inserted - n_passed, 0);
  const whole = new Uint8Array(first.length + more);
  let [from, to] = [0, 0];
  for (const { n_kept, n_passed, n_inserted } of steps) {
    whole.set(first.subarray(from, from + n_kept), to);
    from += n_kept + n_passed;
    to += n_kept;
    whole.set(rest.subarray(at, at + n_inserted), to);
    at += n_inserted;
    to += n_inserted;
  }
  whole.set(first.subarray(from), to);
  return whole;
}

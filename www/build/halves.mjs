/**
 * The engine in two: what the first questions call, and the rest.
 *
 * The first is the engine with functions that end it where those are that nobody called, so whatever
 * it answers is what the whole engine answers; `src/engine_whole.ts` makes the whole of both again.
 */

/** Sections of a module by their number. */
const MEMORY = 5;
const CODE = 10;

/** What a module begins with: a word of magic, and its version. */
const N_HEADER_BYTES = 8;

const PAGE_BYTES = 65_536;

/** A function without locals that ends whoever calls it: `unreachable`, and its end. */
const MISSING = Buffer.from([0x00, 0x00, 0x0b]);

/** A number as WebAssembly writes it, and where what is behind it begins. */
function readNumber(bytes, at) {
  let number = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at];
    at += 1;
    number += (byte & 127) * factor;
    if (byte < 128) return [number, at];
  }
}

function number(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}

/** The same where the number has a sign, for one that has none. */
function unsigned(value) {
  const bytes = [];
  for (; value > 63; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}

/** Sections with where each begins: its number, its length, its content. */
function sectionsOf(bytes) {
  const sections = [];
  for (let at = N_HEADER_BYTES; at < bytes.length; ) {
    const [length, start] = readNumber(bytes, at + 1);
    sections.push({ id: bytes[at], content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return sections;
}

/** A module with other contents of some sections. */
function withSections(bytes, contentOf) {
  const sections = sectionsOf(bytes).flatMap(({ id, content }) => {
    const other = contentOf(id, content);
    return [Buffer.from([id]), number(other.length), other];
  });
  return Buffer.concat([bytes.subarray(0, N_HEADER_BYTES), ...sections]);
}

/** The functions of a code section. */
function functionsOf(content) {
  let [n_functions, at] = readNumber(content, 0);
  return Array.from({ length: n_functions }, () => {
    const [length, start] = readNumber(content, at);
    at = start + length;
    return content.subarray(start, at);
  });
}

function codeOf(functions) {
  return Buffer.concat([number(functions.length), ...functions.flatMap((it) => [number(it.length), it])]);
}

/** Where a function's instructions begin, behind its locals. */
function instructionsAt(body) {
  let [n_groups, at] = readNumber(body, 0);
  // Of each a count, and a type of one byte.
  for (; n_groups > 0; n_groups -= 1) at = readNumber(body, at)[1] + 1;
  return at;
}

/**
 * The engine with a page of memory behind its own, in which each function leaves a mark: 1 in the
 * byte of its index. `marksOf` finds them in the memory of an instance.
 */
export function marking(bytes) {
  const { content: memory } = sectionsOf(bytes).find(({ id }) => id === MEMORY);
  // One memory: how many there are, flags, how many pages there are at first.
  const [n_pages, behind] = readNumber(memory, 2);
  const at = n_pages * PAGE_BYTES;
  const { content: code } = sectionsOf(bytes).find(({ id }) => id === CODE);
  const n_functions = functionsOf(code).length;
  const n_own = Math.ceil(n_functions / PAGE_BYTES);
  const module = withSections(bytes, (id, content) => {
    if (id === MEMORY) return Buffer.concat([memory.subarray(0, 2), number(n_pages + n_own), memory.subarray(behind)]);
    if (id !== CODE) return content;
    const marked = functionsOf(content).map((body, index) => {
      const start = instructionsAt(body);
      // i32.const, i32.const 1, i32.store8 with no offset.
      const mark = [Buffer.from([0x41]), unsigned(at + index), Buffer.from([0x41, 0x01, 0x3a, 0x00, 0x00])];
      return Buffer.concat([body.subarray(0, start), ...mark, body.subarray(start)]);
    });
    return codeOf(marked);
  });
  return { module, marksOf: (memory) => new Uint8Array(memory.buffer, at, n_functions) };
}

/**
 * The engine in two, by whether each function was called.
 *
 * `rest` says how the whole is made of `first`, as `src/engine_whole.ts` reads it: how many steps
 * there are; of each how many bytes to keep, to pass over and to insert; then all that is inserted.
 */
export function halvesOf(bytes, isCalled) {
  const { content } = sectionsOf(bytes).find(({ id }) => id === CODE);
  const kept = functionsOf(content).map((body, index) => (isCalled[index] ? body : MISSING));
  const first = withSections(bytes, (id, content) => (id === CODE ? codeOf(kept) : content));
  return { first, rest: restOf(first, bytes) };
}

/** What makes the whole of the first. */
function restOf(first, whole) {
  const steps = [];
  const inserted = [];
  let n_kept = 0;
  const keep = (bytes) => (n_kept += bytes.length);
  const replace = (old, fresh) => {
    if (old.equals(fresh)) return keep(old);
    steps.push(number(n_kept), number(old.length), number(fresh.length));
    inserted.push(fresh);
    n_kept = 0;
  };
  n_kept = N_HEADER_BYTES;
  const old = sectionsOf(first);
  for (const [at, { id, content }] of sectionsOf(whole).entries()) {
    keep([id]);
    const before = old[at].content;
    replace(number(before.length), number(content.length));
    if (id !== CODE) {
      keep(content);
      continue;
    }
    const functions = functionsOf(content);
    keep(number(functions.length));
    for (const [index, body] of functionsOf(before).entries()) {
      const own = functions[index];
      replace(Buffer.concat([number(body.length), body]), Buffer.concat([number(own.length), own]));
    }
  }
  return Buffer.concat([number(steps.length / 3), ...steps, ...inserted]);
}

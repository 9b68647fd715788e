/** The engine: made small, asked in node, and written as a script. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { halvesOf, marking } from "./halves.mjs";
import { BIN, GENERATED } from "./places.mjs";

/**
 * What the compiler's target may use, by name: with all features wasm-opt writes what no browser
 * reads.
 */
const FEATURES = [
  "bulk-memory",
  "bulk-memory-opt",
  "call-indirect-overlong",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
];

/** The engine of the page. */
const ENGINE = `${GENERATED}/engine.wasm`;

/** Writes what wasm-bindgen gave anew, smaller, and returns its bytes. */
export function shrunkEngine() {
  rewrite(`${GENERATED}/glue_bg.wasm`, ENGINE, [
    // Less than -Oz leaves after compression, and faster; functions that are hardly longer than a
    // call of them are put where they are called, since the compiler, told to save bytes, did not.
    "-O3",
    "--always-inline-max-function-size=6",
    "--flexible-inline-max-function-size=12",
    // What is rarely called is not put where it is called, or everybody has to load it.
    "--one-caller-inline-max-function-size=12",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
  ]);
  return readFileSync(ENGINE);
}

/**
 * Writes the page's engine to a file so that it calls an import, `log_execution`, wherever a function
 * begins and with each round of a loop.
 */
export function writeCountingEngine(out) {
  rewrite(ENGINE, out, ["--log-execution"]);
}

function rewrite(from, to, passes) {
  execFileSync(`${BIN}/wasm-opt`, [from, "--output", to, ...passes, ...FEATURES.map((feature) => `--enable-${feature}`)]);
}

/** The engine's functions, here. */
export async function runningEngine(bytes) {
  const glue = await import(`${GENERATED}/glue.js`);
  glue.initSync({ module: bytes });
  return glue;
}

/** The engine in two (`halves.mjs`): what it takes to answer some questions, and the rest. */
export async function partedEngine(bytes, questions) {
  const { module, marksOf } = marking(bytes);
  // Another copy of the glue, which knows one instance only.
  const glue = await import(`${GENERATED}/glue.js?marking`);
  const { memory } = glue.initSync({ module });
  for (const question of questions) glue.snapshot(question);
  return halvesOf(bytes, marksOf(memory));
}

/**
 * Bits that are turned over in every byte, since of characters above 127 UTF-8 makes two bytes:
 * with these, frequent bytes are letters. The script is compressed as small as the engine itself;
 * without it is three per cent larger, and Base64 a third.
 */
const MASK = 0x69;

/** A module with a part of the engine as a text (`src/engine_text.ts`). */
export function engineModule(bytes) {
  // A plain string, since a template is read twice: as it is written, and as what it means.
  const escapes = { "\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r" };
  const masked = bytes.map((byte) => byte ^ MASK);
  const text = masked.toString("latin1").replace(/[\\"\n\r]/g, (it) => escapes[it]);
  return `export const engine="${text}";export const mask=${MASK};\n`;
}

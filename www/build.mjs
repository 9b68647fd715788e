/**
 * Builds the page into `dist`: `cargo xtask page` runs this after the engine.
 *
 * `--record` writes sizes to `record.json`; `--out DIR` builds elsewhere and judges no sizes.
 */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { bodyRenderer, earlyText, pageScripts, styleText, workerText } from "./build/bundle.mjs";
import { documentOf, policy } from "./build/document.mjs";
import { engineModule, partedEngine, runningEngine, shrunkEngine } from "./build/engine.mjs";
import { firstQuestions, writeLiving, writeModules } from "./build/generated.mjs";
import { livingParts } from "./build/living.mjs";
import { BIN, WWW } from "./build/places.mjs";
import { brotli, grown, rowsOf, sizesOf, tableOf } from "./build/sizes.mjs";

const RECORD = `${WWW}record.json`;

const { values: options } = parseArgs({ options: { record: { type: "boolean" }, out: { type: "string" } } });

const wasm = shrunkEngine();
const engine = await runningEngine(wasm);
writeModules(engine);
const halves = await partedEngine(wasm, firstQuestions(engine));
const worker = await workerText();
const style = await styleText();
writeLiving(await livingParts(worker, style));
execFileSync(`${BIN}/tsc`, ["--noEmit"], { cwd: WWW, stdio: "inherit" });

/** The files of the page by name; a name holds a hash of the content, but for `index.html`. */
const files = new Map();
const engineFile = add("engine", "js", engineModule(halves.first));
const restFile = add("engine_rest", "js", engineModule(halves.rest));
const ENGINE_FILES = [`./${engineFile}`, `./${restFile}`];
const earlyFile = add("early", "js", await earlyText({ ENGINE_FILES, WORKER_TEXT: worker }));
const scripts = await pageScripts({ ENGINE_FILES });
for (const [name, text] of scripts.files) files.set(name, Buffer.from(text));
const styleFile = add("style", "css", style);
const head = [
  // Before the style sheet, which the browser waits for anyway, and which scripts after it wait for.
  `<script src="./${earlyFile}"></script>`,
  `<link rel="stylesheet" href="./${styleFile}">`,
  `<script type="module" src="./${scripts.entry}"></script>`,
  ...scripts.early.filter((name) => name !== scripts.entry).map((name) => `<link rel="modulepreload" href="./${name}">`),
].join("\n");
files.set("index.html", Buffer.from(documentOf({ policy: policy(), head, body: await renderedBody() })));

const dist = options.out ?? `${WWW}dist`;
mkdirSync(dist, { recursive: true });
// What a directory needs to be kept by git stays.
for (const name of readdirSync(dist)) if (!name.startsWith(".")) rmSync(`${dist}/${name}`);
for (const [name, bytes] of files) {
  writeFileSync(`${dist}/${name}`, bytes);
  writeFileSync(`${dist}/${name}.br`, brotli(bytes));
}
if (options.out === undefined) judgeSizes();

/** Adds a file under a name with its hash, and returns that. */
function add(stem, extension, text) {
  const bytes = Buffer.from(text);
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8).toUpperCase();
  const name = `${stem}-${hash}.${extension}`;
  files.set(name, bytes);
  return name;
}

async function renderedBody() {
  const module = await bodyRenderer();
  const { body } = await import(`data:text/javascript;base64,${Buffer.from(module).toString("base64")}`);
  return body;
}

function judgeSizes() {
  const rows = rowsOf(files, { first: ["index.html", earlyFile, styleFile, engineFile, ...scripts.early], editor: scripts.editor });
  rows.push(["wasm for the first result", sizesOf(halves.first)], ["wasm alone", sizesOf(wasm)]);
  console.log(tableOf(rows));
  const record = existsSync(RECORD) ? JSON.parse(readFileSync(RECORD, "utf8")) : {};
  if (options.record) {
    const brotliOf = Object.fromEntries(rows.map(([name, size]) => [name, size.brotli]));
    writeFileSync(RECORD, `${JSON.stringify({ ...record, brotli: brotliOf }, null, 2)}\n`);
    return;
  }
  const all = grown(record.brotli ?? {}, rows);
  if (all.length === 0) return;
  console.error(`too large, or more than 5 % over ${RECORD}:\n  ${all.join("\n  ")}`);
  console.error("where that is worth it: cargo xtask page --record");
  process.exitCode = 1;
}

/** Modules that the sources import and nobody writes: what the engine and the examples say. */

import { readFileSync, writeFileSync } from "node:fs";
import { readExamples } from "../examples.mjs";
import { GENERATED } from "./places.mjs";

/** What the page asks first, in JSON. */
export function firstQuestions(engine) {
  const request = firstQuestion(JSON.parse(engine.about()), readExamples()[0]);
  // The start is revision 0, of which the page has the answer.
  return [JSON.stringify({ ...request, revision: 1 })];
}

/** Writes them all and returns what the page starts from. */
export function writeModules(engine) {
  const examples = readExamples();
  const start = startOf(engine, examples[0]);
  writeModule("examples", "Example[]", "Example", examples);
  writeModule("rules", "Record<string, RulePage>", "RulePage", rulesByCode());
  writeModule("start", "Start", "Start", start);
  return start;
}

/** The default example with what the engine says to it. */
function startOf(engine, example) {
  const about = JSON.parse(engine.about());
  const request = firstQuestion(about, example);
  const { openshift } = request.settings;
  const snapshot = JSON.parse(engine.snapshot(JSON.stringify(request)));
  if ("error" in snapshot) throw new Error(`the engine does not take the default example: ${snapshot.error}`);
  return { about, example: example.name, files: example.files, images: example.images, openshift, snapshot };
}

function firstQuestion(about, example) {
  return {
    revision: 0,
    files: example.files,
    settings: { openshift: example.openshift ?? about.releases.at(-1) },
    images: example.images.split("\n").filter((image) => image !== ""),
    down: [],
    views: ["trace"],
  };
}

function rulesByCode() {
  const { rules } = JSON.parse(readFileSync(`${GENERATED}/rules.json`, "utf8"));
  return Object.fromEntries(rules.map(({ code, id, severity, page }) => [code, { id, severity, page }]));
}

/** Writes what the page as one file is made of. */
export function writeLiving(parts) {
  writeModule("living", 'Omit<Parts, "engine">', "Parts", parts, "share/parts");
}

function writeModule(name, type, imported, value, from = "state") {
  const module = `import type { ${imported} } from "../src/${from}";\n\nexport const ${name}: ${type} = ${JSON.stringify(value)};\n`;
  writeFileSync(`${GENERATED}/${name}.ts`, module);
}

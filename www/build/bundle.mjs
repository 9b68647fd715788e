/** The scripts and styles of the page, bundled. */

import { existsSync } from "node:fs";
import esbuild from "esbuild";
import { WWW } from "./places.mjs";

/** Style sheets in the order in which they count. */
const STYLES = ["style", "views", "share"];

/** What all bundles have in common; browsers since spring 2023. */
export const COMMON = {
  absWorkingDir: WWW,
  bundle: true,
  minify: true,
  charset: "utf8",
  legalComments: "none",
  target: ["chrome111", "firefox114", "safari16.4"],
  write: false,
};

/** The worker as one script. */
export async function workerText() {
  const { outputFiles } = await esbuild.build({
    ...COMMON,
    entryPoints: ["src/worker.ts"],
    format: "iife",
    // The module of the engine is found when the worker runs.
    supported: { "dynamic-import": true },
  });
  return outputFiles[0].text;
}

/** The script that starts the engine's worker, which needs nothing but the engine's module. */
export async function earlyText(define) {
  const { outputFiles } = await esbuild.build({
    ...COMMON,
    entryPoints: ["src/early.ts"],
    format: "iife",
    define: defined(define),
  });
  return outputFiles[0].text;
}

/** The style sheet. */
export async function styleText() {
  const there = STYLES.filter((name) => existsSync(`${WWW}src/${name}.css`));
  const contents = there.map((name) => `@import "./${name}.css";`).join("\n");
  const { outputFiles } = await esbuild.build({
    ...COMMON,
    stdin: { contents, resolveDir: `${WWW}src`, loader: "css" },
  });
  return outputFiles[0].text;
}

/**
 * The scripts of the page: files by name, of which `entry` is where it begins; `early` are that and
 * what it imports at once, `editor` the same of the editor.
 */
export async function pageScripts(define) {
  const { outputFiles, metafile } = await esbuild.build({
    ...COMMON,
    entryPoints: ["src/main.ts"],
    format: "esm",
    splitting: true,
    outdir: "out",
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    define: defined(define),
    metafile: true,
  });
  const files = new Map(outputFiles.map((file) => [nameOf(file.path), file.text]));
  const outputOf = (source) => Object.keys(metafile.outputs).find((path) => metafile.outputs[path].entryPoint === source);
  // A script with everything that it imports before it runs.
  const withImports = (path) => {
    const paths = new Set([path]);
    for (const it of paths) {
      const imports = metafile.outputs[it].imports.filter(({ kind }) => kind === "import-statement");
      for (const imported of imports) paths.add(imported.path);
    }
    return [...paths].map(nameOf);
  };
  const entry = outputOf("src/main.ts");
  return { files, entry: nameOf(entry), early: withImports(entry), editor: withImports(outputOf("src/editor.ts")) };
}

function nameOf(path) {
  return path.split("/").at(-1);
}

/** A module for node that renders the body of the page. */
export async function bodyRenderer() {
  const contents = [
    'import { html } from "./dom";',
    'import { page } from "./page";',
    'import { stateOf } from "./state";',
    'import { start } from "../generated/start";',
    // Nothing can be asked of a page that is not there yet.
    "const actions = new Proxy({}, { get: () => () => undefined });",
    "export const body = html(page(stateOf(start), actions));",
  ].join("\n");
  const { outputFiles } = await esbuild.build({
    ...COMMON,
    stdin: { contents, resolveDir: `${WWW}src`, loader: "ts" },
    format: "esm",
    platform: "node",
    minify: false,
  });
  return outputFiles[0].text;
}

function defined(texts) {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, JSON.stringify(text)]));
}

/** Modules of the page for tests in Node, which reads no TypeScript. */

import { build } from "esbuild";
import { fileURLToPath } from "node:url";

/** What a module below `src` exports, such as `diff.ts`. */
export async function bundled(path) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../../src/${path}`, import.meta.url))],
    bundle: true,
    format: "esm",
    platform: "neutral",
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

/** What the page as one file is made of (`src/share/parts.ts`), but for the engine. */

import { createHash } from "node:crypto";
import esbuild from "esbuild";
import { COMMON } from "./bundle.mjs";
import { policy } from "./document.mjs";
import { WWW } from "./places.mjs";

/** Modules of the page with those that the file has in their place. */
const INSTEAD = new Map([
  [`${WWW}generated/start.ts`, "./start"],
  [`${WWW}src/start_worker.ts`, "./start_worker"],
  [`${WWW}src/share/parts.ts`, "./parts"],
]);

const instead = {
  name: "instead",
  setup(build) {
    const missing = new Set(INSTEAD.keys());
    build.onLoad({ filter: /\/(start|start_worker|parts)\.ts$/ }, ({ path }) => {
      const other = INSTEAD.get(path);
      if (other === undefined) return undefined;
      missing.delete(path);
      return { contents: `export * from "${other}";`, resolveDir: `${WWW}src/living` };
    });
    build.onEnd(() => {
      if (missing.size > 0) throw new Error(`the page has no ${[...missing].join(", ")} to be replaced in its file`);
    });
  },
};

/** The file's policy, script and style: as strict as the page's, which is all in one file. */
export async function livingParts(workerText, style) {
  const { outputFiles } = await esbuild.build({
    ...COMMON,
    entryPoints: ["src/living/main.ts"],
    format: "iife",
    define: { WORKER_TEXT: JSON.stringify(workerText) },
    plugins: [instead],
  });
  const script = outputFiles[0].text;
  // Nothing of it may end its element, or be read as something else than it hashes to.
  const [odd] = script.match(/<!--|<\/script|[\r\0]/i) ?? style.match(/<\/style|[\r\0]/i) ?? [];
  if (odd !== undefined) throw new Error(`the page as one file would be broken by ${JSON.stringify(odd)}`);
  const strict = policy()
    .replace("script-src 'self'", `script-src ${hashOf(script)}`)
    .replace("style-src 'self'", `style-src ${hashOf(style)}`);
  return { policy: strict, script, style };
}

function hashOf(text) {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

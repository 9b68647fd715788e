/** Starts the engine's worker, which loads the engine from beside the page. */

import { workerOf } from "./blob_worker";

/** The names of the modules beside the page with the engine's first half, and the rest; the build puts them here. */
declare const ENGINE_FILES: readonly [string, string];

/** The first worker is started when this is loaded, which is before the page. */
let first: Worker | null = newWorker(false);

/** A worker that nobody else has, with half of the engine or with all of it. */
export function startWorker(isWhole: boolean): Worker {
  const worker = isWhole ? null : first;
  if (!isWhole) first = null;
  return worker ?? newWorker(isWhole);
}

function newWorker(isWhole: boolean): Worker {
  const files = isWhole ? ENGINE_FILES : ENGINE_FILES.slice(0, 1);
  const addresses = files.map((file) => new URL(file, document.baseURI).href);
  return workerOf(`self.engineAt=${JSON.stringify(addresses)};`, "module");
}

/** Starts the engine's worker, which loads the engine from beside the page. */

import { workerOf } from "./blob_worker";

/** The name of the engine's module beside the page; the build puts it here. */
declare const ENGINE_FILE: string;

/** The first worker is started when this is loaded, which is before the page. */
let first: Worker | null = newWorker();

/** A worker that nobody else has. */
export function startWorker(): Worker {
  const worker = first ?? newWorker();
  first = null;
  return worker;
}

function newWorker(): Worker {
  const address = new URL(ENGINE_FILE, document.baseURI).href;
  return workerOf(`self.engineAt=${JSON.stringify(address)};`, "module");
}

/** Starts the engine's worker in the file, where no module can be imported: it is given the engine. */

import { workerOf } from "../blob_worker";
import { engineText } from "./kept";

/** A worker that nobody else has, with the whole engine. */
export function startWorker(): Worker {
  return workerOf(`self.engineText="${engineText}";`, "classic");
}

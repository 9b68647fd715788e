/** Starts the engine's worker in the file, where no module can be imported: it is given the engine. */

import { engineText } from "./kept";

/** The worker as one script; the build puts it here. */
declare const WORKER_TEXT: string;

/** A worker that nobody else has. */
export function startWorker(): Worker {
  const given = `self.engineText="${engineText}";`;
  const address = URL.createObjectURL(new Blob([given, WORKER_TEXT], { type: "text/javascript" }));
  const worker = new Worker(address);
  // The worker has read it by the time that its first message comes, whatever it says.
  worker.addEventListener("message", () => URL.revokeObjectURL(address), { once: true });
  return worker;
}

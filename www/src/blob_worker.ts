/**
 * The engine's worker comes from a `blob:` address, since only such a worker has the policy of
 * the page: one that is loaded from a server has what that server's headers say, and could send.
 */

/** The worker as one script; the build puts it here. */
declare const WORKER_TEXT: string;

/** A worker that is told by `given` where the engine is. */
export function workerOf(given: string, type: WorkerType): Worker {
  const address = URL.createObjectURL(new Blob([given, WORKER_TEXT], { type: "text/javascript" }));
  const worker = new Worker(address, { type });
  // The worker has read it by the time that its first message comes, whatever it says.
  worker.addEventListener("message", () => URL.revokeObjectURL(address), { once: true });
  return worker;
}

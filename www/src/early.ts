/**
 * What runs before all else, as a script of its own: the engine's worker is started before the
 * document is parsed, so that it gets ready while the page is laid out and painted.
 */

import { startWorker } from "./start_worker";

declare global {
  interface Window {
    /** A worker that nobody else has; the first one, with half of the engine, is there already. */
    startWorker: (isWhole: boolean) => Worker;
  }
}

window.startWorker = startWorker;

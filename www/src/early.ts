/**
 * What runs before all else, as a script of its own: the engine's worker is started before the
 * document is parsed, so that it gets ready while the page is laid out and painted.
 */

import { startWorker } from "./start_worker";

declare global {
  interface Window {
    /** A worker that nobody else has; the first one is there already. */
    startWorker: () => Worker;
  }
}

window.startWorker = startWorker;

/** The engine in a worker of its own: JSON in, JSON out. It is started whole, and ended whole. */

import { fix, initSync, snapshot } from "../generated/glue";
import type { FromWorker, ToWorker } from "./engine";
import { engineBytes } from "./engine_bytes";

/** The little of a worker that is used here; the page's types are about windows. */
interface Scope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker): void;
}

const scope = self as unknown as Scope;

const isReady = engineBytes().then((bytes) => void initSync({ module: bytes }));
// Told to whoever asks.
isReady.catch(() => undefined);

// Questions may come before the engine has.
scope.onmessage = (event) => {
  void isReady.then(() => answer(event.data)).catch(crash);
};

function answer(message: ToWorker): void {
  if (message.kind === "hello") {
    scope.postMessage({ kind: "ready" });
    return;
  }
  const { kind, json } = message;
  scope.postMessage({ kind: "answer", json: kind === "fix" ? fix(json) : snapshot(json) });
}

function crash(error: unknown): void {
  scope.postMessage({ kind: "crash", reason: error instanceof Error ? error.message : String(error) });
}

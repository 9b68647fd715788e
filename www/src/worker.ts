/** The engine in a worker of its own: JSON in, JSON out. It is started whole, and ended whole. */

import { fix, initSync, snapshot } from "../generated/glue";
import type { FromWorker, ToWorker } from "./engine";
import { engineBytes, isWhole } from "./engine_bytes";

/** The little of a worker that is used here; the page's types are about windows. */
interface Scope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker): void;
}

const scope = self as unknown as Scope;

const compiled = engineBytes().then((bytes) => {
  const module = new WebAssembly.Module(bytes);
  initSync({ module });
  return module;
});
// Told to whoever asks.
compiled.catch(() => undefined);

// Questions may come before the engine has.
scope.onmessage = (event) => {
  void compiled.then((module) => answer(event.data, module)).catch(crash);
};

function answer(message: ToWorker, module: WebAssembly.Module): void {
  if (message.kind === "hello") {
    scope.postMessage({ kind: "ready", module, isWhole });
    return;
  }
  const start = performance.now();
  const json = message.kind === "fix" ? fix(message.json) : snapshot(message.json);
  scope.postMessage({ kind: "answer", json, took_ms: performance.now() - start });
}

function crash(error: unknown): void {
  // Half an engine ends where it is asked for what it has not, or where the whole one ends, too.
  if (!isWhole && error instanceof WebAssembly.RuntimeError) return scope.postMessage({ kind: "lacks" });
  scope.postMessage({ kind: "crash", reason: error instanceof Error ? error.message : String(error) });
}

/** The engine beside the page, which compiles nothing: it has what the worker compiled. */

import { initSync, snapshot } from "../generated/glue";
import type { Near } from "./engine";

/** An engine of its own. */
export function nearOf(module: WebAssembly.Module): Near {
  initSync({ module });
  return snapshot;
}

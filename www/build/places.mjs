/** Where the build reads and writes. */

import { fileURLToPath } from "node:url";

/** The directory of the page; everything else is below it. */
export const WWW = fileURLToPath(new URL("..", import.meta.url));

/** What `cargo xtask page` and the build make for the sources to import. */
export const GENERATED = `${WWW}generated`;

/** Programs that came with npm. */
export const BIN = `${WWW}node_modules/.bin`;

/** What the page in the file starts from, in the place of the default example. */

import type { Start } from "../state";
import { kept } from "./kept";

export const start: Start = kept.start;

/** Puts the page's nodes where the report was, before the page's own script looks for them. */

import { html } from "../dom";
import { page } from "../page";
import { NO_ACTIONS } from "../share/still";
import { stateOf } from "../state";
// It reads what goes away here.
import "../share/parts";
import { start } from "./start";

document.body.removeAttribute("class");
document.body.innerHTML = html(page(stateOf(start), NO_ACTIONS));

/** The page in the file: it takes the place of the report, as if it had been built there. */

import "./body";
import "../early";
import "../main";

/** What runs before the page's own script: the engine's worker is started while that loads. */

import "./start_worker";

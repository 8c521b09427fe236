// The page works without any of this. With it: no reloads, live updates, keys, drafts.
import { startActs } from "./acts.js";
import { $, on } from "./dom.js";
import { startEdits } from "./edits.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startPane } from "./pane.js";
import { startPicker } from "./picker.js";
import { toggleTheme } from "./toggle.js";

startActs();
startPane();
startPicker();
startEdits();
startKeys();
startLive();
on("click", "[data-theme-toggle]", toggleTheme);
on("click", "[data-help]", () => $("#help-dialog").showModal());

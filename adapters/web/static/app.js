// The page works without any of this. With it: no reloads, live updates, keys, drafts.
import { startActs } from "./acts.js";
import { clampAll } from "./clamp.js";
import { $, on, say } from "./dom.js";
import { startEdits } from "./edits.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startPane } from "./pane.js";
import { startPicker } from "./picker.js";

function toggleTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
  say(`${dark ? "Light" : "Dark"} it is.`);
}

clampAll();
startActs();
startPane();
startPicker();
startEdits();
startKeys();
startLive();
on("click", "[data-theme-toggle]", toggleTheme);
on("click", "[data-help]", () => $("#help-dialog").showModal());

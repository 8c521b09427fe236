// The library works without this. With it: the theme is chosen here, too, and choosing a source means these alone.
import { on } from "./dom.js";
import { toggleTheme } from "./toggle.js";

on("click", "[data-theme-toggle]", toggleTheme);
on("change", 'input[name="source"]', () => {
  document.querySelector('input[name="sources"][value="some"]').checked = true;
});

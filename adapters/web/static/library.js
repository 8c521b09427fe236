// The library works without this. With it: the theme is chosen here, too, choosing a source means these alone, and what takes longer comes after the page.
import { $, fetchPage, on, patch } from "./dom.js";
import { toggleTheme } from "./toggle.js";

on("click", "[data-theme-toggle]", toggleTheme);
on("change", 'input[name="source"]', () => {
  document.querySelector('input[name="sources"][value="some"]').checked = true;
});

const later = $("[data-later]");
if (later) fetchPage(later.dataset.later).then((fresh) => patch(document, fresh)).catch(() => {}); // the page is whole without it

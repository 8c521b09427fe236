// The library works without this. With it: the theme is chosen here, too.
import { on } from "./dom.js";
import { toggleTheme } from "./toggle.js";

on("click", "[data-theme-toggle]", toggleTheme);

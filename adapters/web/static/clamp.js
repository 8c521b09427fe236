// Long abstracts show their first lines and a way to the rest. Without scripts they are simply shown whole.
import { all } from "./dom.js";

function toggle(text, button) {
  const open = text.classList.toggle("is-whole");
  button.textContent = open ? "less" : "more";
  button.setAttribute("aria-expanded", String(open));
}

export function clampAll() {
  for (const text of all("[data-clamp]")) {
    const words = text.firstElementChild;
    if (text.dataset.clamp || words.scrollHeight <= words.clientHeight + 2) continue;
    text.dataset.clamp = "yes";
    const button = Object.assign(document.createElement("button"), { type: "button", className: "more", textContent: "more" });
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => toggle(text, button));
    text.append(button);
  }
}

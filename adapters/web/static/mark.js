// Marks the tab, in title and icon, when a digest has come that nobody has looked at yet.
import { $ } from "./dom.js";

const title = document.title;
const icon = $("link[rel=icon]");
const plain = icon.href;

export function markTab() {
  if (document.hasFocus() && !document.hidden) return;
  document.title = `● ${title}`;
  icon.href = plain.replace("mark.svg", "mark-new.svg");
}

function unmark() {
  if (document.hidden) return;
  document.title = title;
  icon.href = plain;
}

export function startMark() {
  addEventListener("focus", unmark);
  document.addEventListener("visibilitychange", unmark);
}

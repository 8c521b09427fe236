// The page by keyboard: j and k walk the picks, numbers react, r replies, o opens, ? helps.
import { $, all, on } from "./dom.js";
import { openEdit, putAside } from "./edits.js";
import { closeThread, openThread } from "./pane.js";
import { openPicker } from "./picker.js";

const current = () => $("[data-pick].is-current");

function select(card) {
  current()?.classList.remove("is-current");
  card.classList.add("is-current");
  card.focus({ preventScroll: true });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  card.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
}

function step(by) {
  const cards = all("[data-pick]");
  const place = cards.indexOf(current());
  const next = cards[place < 0 ? (by > 0 ? 0 : cards.length - 1) : place + by];
  if (next) select(next);
}

const keys = {
  j: () => step(1),
  k: () => step(-1),
  r: (card) => card && openThread(card.dataset.message, { reply: true }),
  o: (card) => card && $(".title a", card)?.click(),
  "+": (card) => card && openPicker($("[data-picker]", card)),
  "?": () => $("#help-dialog").showModal(),
};

function pressed(event) {
  if (event.isComposing) return undefined; // the key belongs to the input method: Escape there gives up a half-typed word
  const edit = openEdit(event);
  if (event.key === "Escape" && !$("dialog[open]")) return void (edit ? putAside(edit) : closeThread());
  const typing = event.target.closest?.("input, textarea, select");
  if (typing && event.key === "Enter" && (event.ctrlKey || event.metaKey) && typing.form?.dataset.act) typing.form.requestSubmit();
  if (typing || edit || event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return undefined;
  const number = /^[1-9]$/.test(event.key) && current() && $(`[data-number="${event.key}"]`, current());
  const act = number ? () => number.click() : keys[event.key];
  if (!act) return undefined;
  event.preventDefault();
  return act(current());
}

export function startKeys() {
  document.addEventListener("keydown", pressed);
  on("focusin", "[data-pick]", (event, card) => {
    if (card === current()) return;
    current()?.classList.remove("is-current");
    card.classList.add("is-current");
  });
}

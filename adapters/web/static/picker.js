// The emoji picker: searchable by name, walked with the arrow keys.
import { submit } from "./acts.js";
import { $, all, on } from "./dom.js";

let form = null;

export function openPicker(anchor) {
  const dialog = $("#picker");
  form = anchor.closest("form");
  const search = $("input", dialog);
  search.value = "";
  filter("");
  dialog.showModal();
  place(dialog, anchor.getBoundingClientRect());
  search.focus();
}

function place(dialog, spot) {
  const box = dialog.getBoundingClientRect();
  const left = Math.min(spot.left, innerWidth - box.width - 12);
  const below = spot.bottom + 6;
  const top = below + box.height < innerHeight ? below : Math.max(12, spot.top - box.height - 6);
  dialog.style.setProperty("--left", `${Math.max(12, left)}px`);
  dialog.style.setProperty("--top", `${top}px`);
}

function filter(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const begins = (known, word) => known.split(/[\s-]+/).some((one) => one.startsWith(word));
  let found = 0;
  for (const group of all(".emoji-group", $("#picker"))) {
    let here = 0;
    for (const button of all(".emoji-button", group)) {
      button.hidden = !words.every((word) => begins(button.dataset.words, word));
      here += button.hidden ? 0 : 1;
    }
    group.hidden = here === 0;
    found += here;
  }
  $(".picker-none").hidden = found > 0;
}

const shown = () => all(".emoji-button:not([hidden])", $("#picker"));

// The button above or below: the nearest one in the next row that there is.
function beside(button, buttons, down) {
  const here = button.getBoundingClientRect();
  const rows = buttons
    .map((one) => ({ one, box: one.getBoundingClientRect() }))
    .filter(({ box }) => (down ? box.top > here.top + 4 : box.top < here.top - 4));
  const distance = ({ box }) => Math.abs(box.top - here.top) * 100 + Math.abs(box.left - here.left);
  return rows.sort((a, b) => distance(a) - distance(b))[0]?.one;
}

function move(event) {
  const buttons = shown();
  const place = buttons.indexOf(document.activeElement);
  const search = $("#picker input");
  if (event.key === "Escape") {
    event.preventDefault(); // a search field would only be emptied by it
    $("#picker").close();
  }
  if (place < 0) {
    if (event.key === "ArrowDown") focus(event, buttons[0]);
    if (event.key === "Enter") choose(event, buttons[0]);
    return;
  }
  if (event.key === "ArrowRight") focus(event, buttons[place + 1]);
  if (event.key === "ArrowLeft") focus(event, buttons[place - 1] ?? search);
  if (event.key === "ArrowDown") focus(event, beside(buttons[place], buttons, true));
  if (event.key === "ArrowUp") focus(event, beside(buttons[place], buttons, false) ?? search);
}

function focus(event, target) {
  event.preventDefault();
  target?.focus();
}

function choose(event, button) {
  event.preventDefault();
  if (!button || !form) return;
  $("#picker").close();
  submit(form, new URLSearchParams({ put: button.value }));
}

export function startPicker() {
  const dialog = $("#picker");
  on("click", "[data-picker]", (event, link) => {
    event.preventDefault();
    openPicker(link);
  });
  on("click", "#picker .emoji-button", choose);
  dialog.addEventListener("keydown", move);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  $("input", dialog).addEventListener("input", (event) => filter(event.target.value));
  const name = (event) => {
    const button = event.target.closest?.(".emoji-button");
    if (button) $(".picker-name").textContent = button.title;
  };
  dialog.addEventListener("focusin", name);
  dialog.addEventListener("pointerover", name);
}

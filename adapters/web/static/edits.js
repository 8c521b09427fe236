// One's own reply, opened to be edited. Escape puts it aside with what was typed, Cancel throws that away.
import { $, on, say } from "./dom.js";
import { dropDraft, keepDraft, showDraft } from "./drafts.js";

// The open edit that an event came from, its summary included.
export const openEdit = (event) => event.target.closest?.(".own-edit[open]") ?? null;

function begin(edit) {
  const field = $("textarea", edit);
  showDraft(field);
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
  field.scrollTop = field.scrollHeight;
  edit.scrollIntoView({ block: "nearest" });
}

export function putAside(edit) {
  const field = $("textarea", edit);
  edit.open = false;
  $("summary", edit).focus();
  if (field.value !== field.defaultValue) say("Put aside, not saved. Edit again to go on.");
}

export function startEdits() {
  // `toggle` does not bubble: it is heard on its way down.
  document.addEventListener("toggle", (event) => {
    if (openEdit(event) === event.target) begin(event.target);
  }, { capture: true });
  // The click comes before what it does: on an open edit it is Cancel.
  on("click", ".own-edit[open] > summary", (event, summary) => dropDraft($("textarea", summary.parentElement)));
  on("input", ".own-edit textarea", (event, field) => keepDraft(field));
}

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
  // Opened here and not by the browser, whose `toggle` comes later than the first keys of a quick hand.
  on("click", ".own-edit > summary", (event, summary) => {
    const edit = summary.parentElement;
    if (edit.open) return dropDraft($("textarea", edit)); // Cancel: the browser shuts it
    event.preventDefault();
    edit.open = true;
    return begin(edit);
  });
  on("input", ".own-edit textarea", (event, field) => keepDraft(field));
}

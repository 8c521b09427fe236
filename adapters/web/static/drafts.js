// Words that were typed and not sent: kept until they are, or until the window is closed. For new replies and for edits alike.

const draftKey = (field) => `draft:${field.form.getAttribute("action")}`;

// Keep what stands in the field, or nothing where that is what it began with.
export function keepDraft(field) {
  if (field.value === field.defaultValue) sessionStorage.removeItem(draftKey(field));
  else sessionStorage.setItem(draftKey(field), field.value);
  count(field);
}

export function showDraft(field) {
  field.value = sessionStorage.getItem(draftKey(field)) ?? field.value;
  count(field);
}

// Back to what the field began with: its words were sent, or are not wanted.
export function dropDraft(field) {
  field.value = field.defaultValue;
  keepDraft(field);
}

function count(field) {
  const form = field.form;
  const over = [...field.value].length - Number(field.dataset.max ?? Infinity);
  let note = form.querySelector(".over");
  if (over > 0 && !note) {
    note = Object.assign(document.createElement("p"), { className: "over problem" });
    note.setAttribute("role", "alert");
    field.after(note);
  }
  if (over > 0) note.textContent = `${over.toLocaleString("en")} ${over === 1 ? "character" : "characters"} too many`;
  else note?.remove();
}

// Sends the page's forms without leaving the page.
import { $, on, say } from "./dom.js";
import { dropDraft } from "./drafts.js";
import { refresh, showCard } from "./live.js";

const LOST = "Paper Round could not be reached. Nothing is lost: try again in a moment.";

// Ask for a name; gives it, or null if the person would rather not.
export function askName(name = "", problem = "") {
  const dialog = $("#name-dialog");
  const field = $("input", dialog);
  const complaint = $(".problem", dialog);
  field.value = name;
  complaint.textContent = problem;
  complaint.hidden = !problem;
  dialog.returnValue = "";
  dialog.showModal();
  field.select();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok" ? field.value : null), { once: true });
  });
}

// Send a form; gives the answer, or null if it was not done. Whoever has no name yet is asked for one on the way.
export async function send(url, fields) {
  if (!$(".me").dataset.name && !fields.has("name")) {
    const name = await askName();
    if (name === null) return null;
    fields.set("name", name);
  }
  let response;
  try {
    response = await fetch(url, { method: "POST", headers: { Accept: "application/json" }, body: fields });
  } catch {
    say(LOST);
    return null;
  }
  const answer = await response.json().catch(() => ({ say: LOST }));
  if (answer.need === "name") {
    const name = await askName(fields.get("name") ?? "", answer.say ?? "");
    if (name === null) return null;
    fields.set("name", name);
    return send(url, fields);
  }
  if (response.ok && fields.has("name")) showName(fields.get("name").trim());
  if (answer.say) say(answer.say);
  return response.ok ? answer : null;
}

async function showName(name) {
  const page = await (await fetch(location.href)).text().then((text) => new DOMParser().parseFromString(text, "text/html"));
  $(".me").replaceWith($(".me", page) ?? name);
}

function token() {
  // crypto.randomUUID exists on https and loopback only.
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const after = {
  reply(form) {
    dropDraft(form.elements.text);
    form.elements.token.value = token();
    form.elements.text.focus();
  },
  card(form, fields) {
    showCard(`${form.dataset.week}/${fields.get("number")}`);
  },
  edit(form) {
    dropDraft(form.elements.text);
    form.closest("details").open = false;
  },
  delete(form) {
    dropDraft($(".own-edit textarea", form.closest(".own")));
    form.closest("details").open = false;
  },
};

export async function submit(form, fields) {
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await send(form.action, fields);
    if (!answer) return;
    after[form.dataset.act]?.(form, fields);
    await refresh(answer.message);
    if (document.activeElement === document.body) $("#pane h2")?.focus({ preventScroll: true }); // its form is gone
    if (form.dataset.act === "reply") document.getElementById(`r-${answer.id}`)?.scrollIntoView({ block: "nearest" });
  } finally {
    form.removeAttribute("aria-busy");
  }
}

async function rename() {
  const name = await askName($(".me").dataset.name);
  if (name === null) return;
  if (await send("/you", new URLSearchParams({ name }))) {
    const thread = $("#pane [data-thread]");
    if (thread) await refresh(thread.dataset.thread);
  }
}

export function startActs() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-act]")) return;
    event.preventDefault();
    submit(event.target, new URLSearchParams(new FormData(event.target, event.submitter)));
  });
  on("click", "[data-rename]", (event) => {
    event.preventDefault();
    rename();
  });
  on("click", "[data-cancel]", (event, button) => button.closest("dialog").close(""));
}

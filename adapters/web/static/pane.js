// The thread beside the channel; on a narrow screen, over it. Its address is the page's own, so going back works.
import { $, fetchPage, on, path, say } from "./dom.js";
import { keepDraft, showDraft } from "./drafts.js";

const narrow = matchMedia("(max-width: 60rem)");
let opener = null;

export async function openThread(id, { push = true, reply = false } = {}) {
  const url = `${path()}?thread=${encodeURIComponent(id)}`;
  let page;
  try {
    page = await fetchPage(`${path()}/m/${encodeURIComponent(id)}/thread`);
  } catch {
    say("The thread could not be opened. Try again in a moment.");
    return;
  }
  $("#pane").replaceChildren($(".thread", page));
  if (push) history.pushState({ thread: id }, "", url);
  show(id);
  const goal = reply ? $("#pane textarea[name=text]:not(details *)") : $("#pane h2");
  goal?.focus({ preventScroll: true });
}

function show(id) {
  document.body.classList.add("has-thread");
  for (const card of document.querySelectorAll("[data-pick]")) card.classList.toggle("is-open", card.dataset.message === id);
  showDraft($(".composer textarea"));
  settle();
}

// What lies under a full-screen thread is out of reach for keys and screen readers too.
function settle() {
  const covered = narrow.matches && document.body.classList.contains("has-thread");
  for (const part of [$("#main"), $(".side")]) part.inert = covered;
}

export function closeThread({ push = true } = {}) {
  if (!document.body.classList.contains("has-thread")) return false;
  const id = $("#pane [data-thread]")?.dataset.thread;
  document.body.classList.remove("has-thread");
  $("#pane").replaceChildren();
  $(".is-open")?.classList.remove("is-open");
  settle();
  if (push) history.pushState({}, "", path());
  const back = opener?.isConnected ? opener : $(`[data-open="${CSS.escape(id ?? "")}"]`);
  back?.focus({ preventScroll: true });
  return true;
}

export function startPane() {
  on("click", "[data-open]", (event, link) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    opener = link;
    openThread(link.dataset.open);
  });
  on("click", "[data-close]", (event) => {
    event.preventDefault();
    closeThread();
  });
  on("input", "#pane .composer textarea", (event, field) => keepDraft(field));
  addEventListener("popstate", () => {
    const id = new URLSearchParams(location.search).get("thread");
    // A jump within the page ("Skip to the digest") is told here too; opening the thread again would take the keys back from it.
    // https://developer.mozilla.org/en-US/docs/Web/API/Window/popstate_event#when_popstate_is_sent
    if (id && id === $("#pane [data-thread]")?.dataset.thread) return;
    if (id) openThread(id, { push: false });
    else closeThread({ push: false });
  });
  narrow.addEventListener("change", settle);
  const first = $("#pane [data-thread]");
  if (first) show(first.dataset.thread);
}

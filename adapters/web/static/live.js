// Listens for changes and fetches them. A hidden window closes its stream: browsers grant only six to one server.
import { clampAll } from "./clamp.js";
import { $, fetchPage, patch, path, say } from "./dom.js";

const running = new Map();
let stream;
let feedTimer;

// Fetch one message again, wherever it is shown. While a fetch is under way, further wishes for it become one more fetch.
export function refresh(id) {
  const before = running.get(id);
  if (before) {
    before.again = true;
    return before.done;
  }
  const entry = { again: false };
  running.set(id, entry);
  entry.done = fetchMessage(id)
    .catch(() => {}) // the message may be gone, or the server stopping; the stream's return brings the rest
    .then(() => {
      running.delete(id);
      return entry.again ? refresh(id) : undefined;
    });
  return entry.done;
}

async function fetchMessage(id) {
  const name = CSS.escape(id);
  const card = $(`#feed [data-message="${name}"]`);
  const thread = $(`#pane [data-thread="${name}"]`);
  const url = `${path()}/m/${encodeURIComponent(id)}`;
  await Promise.all([
    card && fetchPage(url).then((page) => patch(card, page)),
    thread && fetchPage(`${url}/thread`).then((page) => patch(thread, page)),
  ]);
}

async function refreshAll() {
  const page = await fetchPage(location.pathname + location.search);
  const seen = $("[data-pick].is-current")?.id;
  const known = new Set([...document.querySelectorAll("#feed [data-message]")].map((one) => one.id));
  $("#feed").replaceChildren(...$("#feed", page).childNodes);
  $(".next").replaceChildren(...$(".next", page).childNodes);
  document.body.dataset.version = page.body.dataset.version;
  if (seen) document.getElementById(seen)?.classList.add("is-current");
  if ([...document.querySelectorAll("#feed .head")].some((one) => !known.has(one.id))) say("A new digest has arrived.");
  clampAll();
  const thread = $("#pane [data-thread]");
  if (thread) await refresh(thread.dataset.thread);
}

function changed(event) {
  const change = JSON.parse(event.data);
  if (!change.posted && change.channel === document.body.dataset.channel) refresh(change.message);
  if (change.posted && [document.body.dataset.channel, ""].includes(change.channel)) {
    clearTimeout(feedTimer);
    feedTimer = setTimeout(() => refreshAll().catch(() => {}), 250); // a digest comes as a dozen messages
  }
}

function ready(event) {
  if (event.data === document.body.dataset.version) return;
  document.body.dataset.version = event.data;
  refreshAll().catch(() => {});
}

function open() {
  if (stream && stream.readyState !== EventSource.CLOSED) return;
  stream = new EventSource("/events");
  stream.addEventListener("ready", ready);
  stream.addEventListener("changed", changed);
  stream.addEventListener("ready", () => { document.body.dataset.live = "yes"; });
  stream.addEventListener("error", () => {
    delete document.body.dataset.live;
    if (stream.readyState === EventSource.CLOSED) setTimeout(open, 5000);
  });
}

export function startLive() {
  open();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stream?.close();
    else open();
  });
  addEventListener("pagehide", () => stream?.close());
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
}

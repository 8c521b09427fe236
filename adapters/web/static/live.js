// Listens for changes and fetches them. A hidden window closes its stream: browsers grant only six to one server.
import { $, fetchPage, patch, path, say } from "./dom.js";
import { markTab, startMark } from "./mark.js";
import { heard, missed, reason, silentFor } from "./presence.js";

const AGAIN = 5000; // milliseconds, all of these
const SILENCE = 50000; // the server says something every twenty seconds
const WATCH = 10000;
const LOOK = 120000;
const COMES = 15000; // after that whoever asked for a card is somewhere else
const running = new Map();
let asked;
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

// Go to a card that was asked for, by week and number: at once where it is on the page, else as soon as it comes.
export function showCard(name) {
  asked = { name, until: Date.now() + COMES };
  showAsked();
}

function showAsked() {
  const card = asked && Date.now() < asked.until && $(`#feed [data-card="${CSS.escape(asked.name)}"]`);
  if (!card) return;
  asked = undefined;
  card.scrollIntoView({ block: "center" });
  card.focus({ preventScroll: true });
}

async function refreshAll() {
  const page = await fetchPage(location.pathname + location.search);
  const seen = $("[data-pick].is-current")?.id;
  const known = new Set([...document.querySelectorAll("#feed [data-message]")].map((one) => one.id));
  $("#feed").replaceChildren(...$("#feed", page).childNodes);
  $(".next").replaceChildren(...$(".next", page).childNodes);
  document.body.dataset.version = page.body.dataset.version;
  document.body.dataset.newest = page.body.dataset.newest;
  if (seen) document.getElementById(seen)?.classList.add("is-current");
  if ([...document.querySelectorAll("#feed .head")].some((one) => !known.has(one.id))) {
    say("A new digest has arrived.");
    markTab();
  }
  showAsked();
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
  const mine = new EventSource("/events");
  stream = mine;
  mine.addEventListener("ready", ready);
  mine.addEventListener("changed", changed);
  for (const kind of ["ready", "changed", "ping"]) mine.addEventListener(kind, heard);
  mine.addEventListener("ready", () => { document.body.dataset.live = "yes"; });
  mine.addEventListener("error", () => {
    if (stream !== mine) return;
    delete document.body.dataset.live;
    if (mine.readyState === EventSource.CLOSED) refused();
    else missed(); // the browser tries again by itself
  });
}

async function refused() {
  missed(await reason());
  setTimeout(() => { if (!document.hidden) open(); }, AGAIN);
}

function shut() {
  stream?.close();
  stream = undefined;
  delete document.body.dataset.live;
}

// A connection can die without a word (a laptop that slept, a network that changed): then nothing is heard any more.
function watch() {
  if (!stream || silentFor() < SILENCE) return;
  missed("away", { now: true });
  shut();
  open();
}

// A hidden window has no stream. It asks now and again, so that its tab can say that a digest has come.
async function look() {
  if (!document.hidden) return;
  const answer = await fetch(`${path()}/newest`, { headers: { Accept: "application/json" } });
  if (answer.ok && (await answer.json()).newest > Number(document.body.dataset.newest)) markTab();
}

export function startLive() {
  open();
  startMark();
  setInterval(watch, WATCH);
  setInterval(() => look().catch(() => {}), LOOK);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) shut();
    else open();
  });
  addEventListener("offline", () => missed("away", { now: true }));
  addEventListener("online", () => {
    shut();
    open();
  });
  addEventListener("pagehide", shut);
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
}

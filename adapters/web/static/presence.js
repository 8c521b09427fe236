// Says at the head of the page whether it is up to date: nothing while it is, and why not and since when while it is not.
import { $ } from "./dom.js";

const PATIENCE = 2500; // a restart of the server takes less, and is not worth a word
let heardAt = Date.now();
let timer;

const clock = (at) => new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

const words = {
  away: () => `Paper Round does not answer. What you see is from ${clock(heardAt)}; it is brought up to date as soon as it answers.`,
  full: () => "Too many windows are open, so this one does not change by itself. Reload to see what is new.",
  login: () => "You are logged out, so this page is no longer up to date. Reload to log in.",
};

export const silentFor = () => Date.now() - heardAt;

export function heard() {
  heardAt = Date.now();
  clearTimeout(timer);
  timer = undefined;
  const bar = $("#presence");
  bar.hidden = true;
  bar.textContent = "";
}

function show(why) {
  const bar = $("#presence");
  const text = words[why]();
  if (bar.textContent !== text) bar.textContent = text; // said once, not with every try
  bar.hidden = false;
}

export function missed(why = "away", { now = false } = {}) {
  if (now || !$("#presence").hidden) return show(why);
  timer ??= setTimeout(() => show(why), PATIENCE);
  return undefined;
}

// Why the stream was refused: the page tells, since a stream's own answer cannot be read.
export async function reason() {
  try {
    const page = await fetch(location.href, { method: "GET", redirect: "manual", headers: { Accept: "text/html" } });
    if (page.type === "opaqueredirect") return "login";
    return page.ok ? "full" : "away";
  } catch {
    return "away";
  }
}

// Small helpers, and the one way in which parts of the page are made new.

export const $ = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];
export const path = () => document.body.dataset.path;

// One listener for all elements that match, now and later.
export function on(type, selector, act) {
  document.addEventListener(type, (event) => {
    const target = event.target instanceof Element ? event.target.closest(selector) : null;
    if (target) act(event, target);
  });
}

let hush;

// Say something at the foot of the page, to eyes and to screen readers.
export function say(text) {
  const toast = $("#toast");
  toast.textContent = text;
  toast.classList.add("is-shown");
  clearTimeout(hush);
  hush = setTimeout(() => toast.classList.remove("is-shown"), 4500);
}

export async function fetchPage(url) {
  const response = await fetch(url, { headers: { Accept: "text/html", "X-Part": "1" } });
  if (response.redirected && new URL(response.url).pathname === "/login") location.assign(response.url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

// Take over the parts of `fresh` that differ. What the person is doing in `old` (focus, an open edit) is left in peace.
export function patch(old, fresh) {
  for (const part of all("[data-part]", fresh)) {
    const mine = $(`[data-part="${part.dataset.part}"]`, old);
    if (mine && mine.innerHTML !== part.innerHTML) keepFocus(mine, () => mine.replaceChildren(...part.childNodes));
  }
  for (const list of all("[data-list]", fresh)) {
    const mine = $(`[data-list="${list.dataset.list}"]`, old);
    if (mine) patchList(mine, list);
  }
}

function patchList(mine, list) {
  const known = new Map([...mine.children].map((child) => [child.dataset.key, child]));
  const wanted = [...list.children].map((child) => {
    const before = known.get(child.dataset.key);
    const busy = before && $(".own details[open]", before);
    if (before && $(".fold[open]", before)) $(".fold", child)?.setAttribute("open", ""); // what was unfolded stays so
    return before && (busy || before.outerHTML === child.outerHTML) ? before : child;
  });
  for (const child of [...mine.children]) if (!wanted.includes(child)) child.remove();
  wanted.forEach((child, place) => {
    if (mine.children[place] !== child) mine.insertBefore(child, mine.children[place] ?? null);
  });
}

function keepFocus(part, change) {
  const key = part.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  change();
  if (key) $(`[data-focus="${CSS.escape(key)}"]`, part)?.focus({ preventScroll: true });
}

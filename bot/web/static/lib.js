// What every view needs: making nodes, talking to the bot, and words in the page's language.

export const LANGUAGES = ["en", "hi"];
export const DEVANAGARI = /[\u0900-\u097f]/;
export const $ = (id) => document.getElementById(id);

export const words = {}; // language -> what /api/strings says
export const page = { choice: "auto", ui: "en" }; // of the switch; the page's own language

export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== ""));
  return node;
}

export const press = (label, onclick, kind) => make("button", { type: "button", class: kind, onclick }, label);

/** A text of the locale files, in `language`; {places} are filled in one pass. */
export function say(key, language = page.ui, values = {}) {
  const all = { name: words[language].name, ...values };
  return words[language].strings[key].replace(/\{(\w+)\}/g, (whole, place) => String(all[place] ?? whole));
}

export const scriptOf = (text) => (DEVANAGARI.test(text) ? "hi" : "en");

export function link(label, address) {
  try {
    const url = new URL(address);
    if (!/^https?:$/.test(url.protocol)) return label;
    return make("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, label);
  } catch {
    return label;
  }
}

/** Like <details>, for the tail of a list: hides `tail` behind a button that says how much there is. */
export function fold(tail, more, fewer) {
  if (!tail.length) return null;
  const show = (all) => {
    for (const node of tail) node.hidden = !all;
    button.textContent = all ? fewer : more;
    button.setAttribute("aria-expanded", all);
  };
  const button = press("", () => show(tail[0].hidden), "fold");
  show(false);
  return button;
}

/* Talking to the bot */

export class Problem extends Error {}

export async function call(path, body) {
  let response;
  try {
    response = await fetch(path, body && {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
  } catch {
    throw new Problem("error.unreachable");
  }
  // The session has ended: the page asks for the password again.
  if (response.status === 401) location.reload();
  if (!response.ok) throw new Problem({ 404: "error.gone", 429: "error.often" }[response.status] ?? "error.unexpected");
  return response.json().catch(() => { throw new Problem("error.unexpected"); });
}

export const percent = (share) => `${Math.round(share * 100)}%`;

export function meter(share) {
  const bar = make("i");
  bar.style.width = percent(share);
  return make("span", { class: "meter", "aria-hidden": "true" }, bar);
}

const locale = (language) => (language === "hi" ? "hi-IN" : "en-GB");

export function day(date, language = page.ui) {
  return new Intl.DateTimeFormat(locale(language), { dateStyle: "medium", timeZone: "UTC" }).format(new Date(date));
}

/** "today", "3 days ago". */
export function ago(days, language = page.ui) {
  return new Intl.RelativeTimeFormat(locale(language), { numeric: "auto" }).format(-days, "day");
}

export function clock(date, language = page.ui) {
  return new Intl.DateTimeFormat(locale(language), { timeStyle: "medium" }).format(new Date(date));
}

export function count(number, digits = 0) {
  return new Intl.NumberFormat(locale(page.ui), { maximumFractionDigits: digits }).format(number);
}

/** Calls `look` every `every` ms while the page can be seen; returns what ends it. */
export function poll(look, every) {
  const timer = setInterval(() => { if (!document.hidden) look(); }, every);
  return () => clearInterval(timer);
}

/** Says something to those who can not see it happen. */
export function announce(text) {
  $("status").textContent = text;
}

/** Where a reference of the core is at home. */
export function addressOf(reference) {
  const [kind, ids] = reference.includes(":") ? reference.split(":") : ["", reference];
  const view = { concept: "explore", relate: "explore", compare: "compare" }[kind];
  return view ? `#/${view}/${ids}` : `#/ask/${encodeURIComponent(reference)}`;
}

/** A sorry in place of a reply, with a way to try again. */
export function apology(error, again) {
  if (!(error instanceof Problem)) console.error(error);
  const key = error instanceof Problem ? error.message : "error.unexpected";
  return make("article", { lang: page.ui, class: "failed" },
    make("h2", { tabindex: -1 }, say("error.title")),
    make("p", {}, say(key)),
    make("div", { class: "chips" }, press(say("retry"), again)));
}

// Ask: the conversation, as in Discord.

import { $, DEVANAGARI, LANGUAGES, announce, apology, call, make, page, press, say, scriptOf, words } from "./lib.js";
import { article, prose } from "./reply.js";

const MAX_TEXT = 6000;
const MAX_TYPED = 120; // a longer text is pasted, and nobody wants suggestions for it
const COMMANDS = { compare: 4, concept: 1, relate: 2, help: 0 }; // how many names each takes
const BETWEEN = /\s*[,;،]\s*|\s+(?:vs\.?|versus|and|or|aur|ya|और|या|बनाम)\s+/iu;

const box = $("box"), log = $("log"), list = $("suggestions"), problem = $("problem");

let previous = null; // the entry answered last, for follow-ups
let lastTyped = "";

/** Called when the view comes to the front; `rest` of the address is an entry to open. */
export function show(rest) {
  if (!rest) return;
  const reference = decodeURIComponent(rest);
  // The address has done its work: coming back to the view later shows the conversation as it is.
  history.replaceState(null, "", "#/ask");
  converse(null, post("/api/open", { reference }), page.ui, { focus: true });
}

/** Called when the page's language has changed. */
export function speak() {
  box.placeholder = say("placeholder");
  welcome();
  close();
}

/**
 * Ask, and put question and reply at the end of the conversation.
 * `send(language)` gets the reply; without `shown`, its title stands for the question.
 */
async function converse(shown, send, language, { focus = false } = {}) {
  $("welcome").hidden = true;
  $("restart").hidden = false;
  const place = make("div", { class: "exchange" });
  log.append(place);
  await fill(place, shown, send, language);
  if (focus) place.querySelector("h2").focus({ preventScroll: true });
  place.scrollIntoView({ block: "start" });
}

async function fill(place, shown, send, language) {
  let asked = scriptOf(shown ?? ""), answer;
  try {
    const reply = await send(language);
    if (reply.entry) previous = reply.entry;
    if (shown === null) shown = reply.title;
    asked = send.question ? reply.language : scriptOf(shown);
    const inLanguage = (next) => fill(place, shown, send, next).then(() => {
      place.querySelector("h2").focus({ preventScroll: true });
    });
    answer = article(reply, { open, inLanguage });
  } catch (error) {
    answer = apology(error, () => fill(place, shown, send, language));
  }
  const label = make("span", { class: "unseen" }, `${say("asked")}: `);
  const question = shown && make("p", { class: "asked" }, label, make("span", { lang: asked }, shown));
  place.replaceChildren(...[question, answer].filter(Boolean));
}

const post = (path, body) => (language) => call(path, { ...body, language });

function open(entry, title, language) {
  return converse(title, post("/api/open", { reference: entry }), language, { focus: true });
}

/* Welcome and help */

function invitation() {
  return [
    make("h3", { class: "tip" }, say("examples")),
    make("div", { class: "options" }, words[page.ui].examples.map((text) => press(text, () => submit(text)))),
    make("h3", { class: "tip" }, say("commands")),
    make("ul", {}, Object.keys(COMMANDS).map((name) => make("li", { class: "way" },
      press(usage(name), () => write(`/${say(`command.${name}`)}${COMMANDS[name] ? " " : ""}`), "form"), make("span", { class: "for" }, say(`command.${name}.about`))))),
  ];
}

const usage = (name) => `/${say(`command.${name}`)} ${say(`command.${name}.usage`)}`.trim();

function welcome() {
  const about = prose(words[page.ui].about, say);
  about.classList.add("about");
  $("welcome").replaceChildren(make("h2", {}, say("welcome")), about, ...invitation());
}

function help(typed) {
  $("welcome").hidden = true;
  $("restart").hidden = false;
  const place = make("div", { class: "exchange" }, make("p", { class: "asked" }, typed),
    make("article", { lang: page.ui }, make("h2", { tabindex: -1 }, say("command.help.about")),
      prose(words[page.ui].about, say), make("div", {}, invitation())));
  log.append(place);
  place.scrollIntoView({ block: "start" });
}

/* The box */

/** A command with what follows it; null for a question, also for one that starts with a path. */
function command(text) {
  const [, name, rest = ""] = text.match(/^\s*\/(\S+)(?:\s+([^]*))?$/) ?? [];
  const known = name && Object.keys(COMMANDS).find((key) =>
    key === name.toLowerCase() || LANGUAGES.some((language) => say(`command.${key}`, language) === name));
  return known ? { known, name, rest, names: split(known, rest) } : null;
}

/** Names, with commas (or "vs" or "and") between them; without any, each word is one. */
function split(known, rest) {
  if (COMMANDS[known] < 2) return [rest.trim()];
  return rest.split(BETWEEN.test(rest) ? BETWEEN : /\s+/).map((name) => name.trim());
}

function submit(text) {
  text = text.trim();
  if (!text) return;
  if ([...text].length > MAX_TEXT) return complain(say("error.too_long", page.ui, { count: MAX_TEXT }));
  const typed = command(text);
  const names = typed?.names.filter(Boolean) ?? [];
  if (typed && COMMANDS[typed.known] && (!names.length || (typed.known === "relate" && names.length !== 2)
    || names.length > COMMANDS[typed.known])) {
    return complain(say("needs.names", page.ui, { usage: usage(typed.known).slice(1) }));
  }
  lastTyped = text;
  box.value = "";
  fit();
  close();
  // On a phone the keyboard would cover the answer.
  if (matchMedia("(pointer: coarse)").matches) box.blur();
  if (!typed) {
    const send = post("/api/ask", { text, previous });
    send.question = true;
    return converse(text, send, page.choice);
  }
  const language = page.choice === "auto" && DEVANAGARI.test(text) ? "hi" : page.ui;
  switch (typed.known) {
    case "help": return help(text);
    case "compare": return converse(text, post("/api/compare", { names }), language);
    case "concept": return converse(text, concept(names[0]), language);
    case "relate": return converse(text, post("/api/relate", { first: names[0], second: names[1] }), language);
  }
}

const concept = (name) => (language) => call(`/api/concepts/${encodeURIComponent(name)}?language=${language}`);

function complain(message) {
  problem.textContent = message;
  problem.hidden = false;
}

function fit() {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
  problem.hidden = true;
}

/* Suggestions */

let offered = []; // {label, take}
let active = -1;
let turn = 0;
let timer;

async function suggest() {
  const mine = ++turn;
  const found = await offers(box.value).catch(() => []);
  // A later key press has its own answer coming.
  if (mine !== turn || document.activeElement !== box) return;
  forget();
  offered = found;
  list.hidden = !offered.length;
  list.replaceChildren(...offered.map((one, i) => make("li", {
    id: `suggestion-${i}`, role: "option", "aria-selected": "false", lang: scriptOf(one.label), onclick: () => take(i),
  }, one.label)));
  announce(offered.length ? say("suggestions.count", page.ui, { count: offered.length }) : "");
}

async function offers(value) {
  const typed = command(value);
  if (typed) {
    const most = COMMANDS[typed.known];
    if (!most || !/^\s*\/\S+\s/.test(value) || typed.names.length > most) return [];
    const before = typed.names.slice(0, -1), now = typed.names.at(-1);
    const found = await call(`/api/suggest?${new URLSearchParams({ q: now.slice(0, 300), what: "concept", language: page.ui })}`);
    return found.suggestions
      .filter((one) => one.title !== now && !before.includes(one.title))
      .map((one) => ({ label: one.title, take: () => {
        const names = [...before, one.title];
        write(`/${typed.name} ${names.join(", ")}${names.length < Math.min(most, 2) ? ", " : ""}`);
      } }));
  }
  if (/^\/\S*$/.test(value)) {
    return Object.keys(COMMANDS)
      .filter((name) => [name, say(`command.${name}`)].some((known) => known.startsWith(value.slice(1).toLowerCase())))
      .map((name) => ({
        label: `${usage(name)} · ${say(`command.${name}.about`)}`,
        take: () => (COMMANDS[name] ? write(`/${say(`command.${name}`)} `) : submit(`/${name}`)),
      }));
  }
  const text = value.trim();
  if ([...text].length < 2 || text.length > MAX_TYPED) return [];
  const language = page.choice === "auto" ? "auto" : page.ui;
  const found = await call(`/api/suggest?${new URLSearchParams({ q: text, what: "question", language })}`);
  return found.suggestions.map((one) => ({ label: one.title, take: () => {
    write("");
    close();
    open(one.entry, one.title, scriptOf(one.title));
  } }));
}

function write(text) {
  box.value = text;
  box.focus();
  fit();
  suggest();
}

function take(i) {
  const one = offered[i];
  close();
  one.take();
}

function close() {
  clearTimeout(timer);
  turn++;
  forget();
  offered = [];
  list.hidden = true;
  announce("");
}

function forget() {
  list.children[active]?.setAttribute("aria-selected", "false");
  active = -1;
  box.removeAttribute("aria-activedescendant");
}

function move(step) {
  list.children[active]?.setAttribute("aria-selected", "false");
  // One stop lies between the last and the first: the box itself.
  active = ((active + 1 + step + offered.length + 1) % (offered.length + 1)) - 1;
  const now = list.children[active];
  now?.setAttribute("aria-selected", "true");
  now?.scrollIntoView({ block: "nearest" });
  if (now) box.setAttribute("aria-activedescendant", now.id);
  else box.removeAttribute("aria-activedescendant");
}

/* Listening */

box.addEventListener("input", () => {
  fit();
  forget(); // Enter must not take what was offered for an earlier text
  clearTimeout(timer);
  timer = setTimeout(suggest, 70);
});
box.addEventListener("keydown", (event) => {
  if (event.isComposing) return; // the key belongs to the input method
  const { key } = event;
  if (key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    if (active >= 0) take(active);
    else submit(box.value);
  } else if (offered.length && (key === "ArrowDown" || key === "ArrowUp")) {
    event.preventDefault();
    move(key === "ArrowDown" ? 1 : -1);
  } else if (key === "ArrowUp" && !box.value && lastTyped) {
    event.preventDefault();
    box.value = lastTyped;
    fit();
  } else if (key === "Escape") {
    close();
  }
});
box.addEventListener("blur", close);
list.addEventListener("pointerdown", (event) => event.preventDefault()); // keep the focus in the box
$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  submit(box.value);
});
$("restart").addEventListener("click", () => {
  log.replaceChildren();
  previous = null;
  $("welcome").hidden = false;
  $("restart").hidden = true;
  scrollTo(0, 0);
  box.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && event.target === document.body && document.body.dataset.view === "ask") {
    event.preventDefault();
    write("/");
  }
});

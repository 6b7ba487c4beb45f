// The page: asks the bot's own API and builds every reply with text nodes, never with markup.

const MAX_TEXT = 6000;
const ROWS = 6; // of a comparison, until all are asked for
const SOURCES = 3;
const MAX_TYPED = 120; // a longer text is pasted, and nobody wants suggestions for it
const LANGUAGES = ["en", "hi"];
const COMMANDS = { compare: 4, concept: 1, relate: 2, help: 0 }; // how many names each takes
const BETWEEN = /\s*[,;،]\s*|\s+(?:vs\.?|versus|and|or|aur|ya|और|या|बनाम)\s+/iu;
const DEVANAGARI = /[\u0900-\u097f]/;

const $ = (id) => document.getElementById(id);
const box = $("box"), log = $("log"), list = $("suggestions"), problem = $("problem");

const words = {}; // language -> what /api/strings says
let choice = "auto"; // of the switch
let ui = "en"; // the page's own language
let previous = null; // the entry answered last, for follow-ups
let lastTyped = "";

/* Small tools */

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== ""));
  return node;
}

const press = (label, onclick, kind) => make("button", { type: "button", class: kind, onclick }, label);

/** A text of the locale files, in `language`; {places} are filled in one pass. */
function say(key, language = ui, values = {}) {
  const all = { name: words[language].name, ...values };
  return words[language].strings[key].replace(/\{(\w+)\}/g, (whole, place) => String(all[place] ?? whole));
}

const scriptOf = (text) => (DEVANAGARI.test(text) ? "hi" : "en");

function link(label, address) {
  try {
    const url = new URL(address);
    if (!/^https?:$/.test(url.protocol)) return label;
    return make("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, label);
  } catch {
    return label;
  }
}

/** Like <details>, for the tail of a list: hides `tail` behind a button that says how much there is. */
function fold(tail, more, fewer) {
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

class Problem extends Error {}

async function call(path, body) {
  let response;
  try {
    response = await fetch(path, body && {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
  } catch {
    throw new Problem("error.unreachable");
  }
  if (!response.ok) throw new Problem(response.status === 404 ? "error.gone" : "error.unexpected");
  return response.json().catch(() => { throw new Problem("error.unexpected"); });
}

/** Ask, and put question and reply at the end of the conversation. */
async function converse(shown, path, body, { focus = false } = {}) {
  $("welcome").hidden = true;
  $("restart").hidden = false;
  const place = make("div", { class: "exchange" });
  log.append(place);
  await fill(place, shown, path, body);
  if (focus) place.querySelector("h2").focus({ preventScroll: true });
  place.scrollIntoView({ block: "start" });
}

async function fill(place, shown, path, body) {
  let asked = scriptOf(shown), answer;
  try {
    const reply = await call(path, body);
    if (reply.entry) previous = reply.entry;
    if (reply.text && reply.language && path === "/api/ask") asked = reply.language;
    answer = article(reply, (language) => fill(place, shown, path, { ...body, language }).then(() => {
      place.querySelector("h2").focus({ preventScroll: true });
    }));
  } catch (error) {
    if (!(error instanceof Problem)) console.error(error);
    answer = apology(error, () => fill(place, shown, path, body));
  }
  const label = make("span", { class: "unseen" }, `${say("asked")}: `);
  place.replaceChildren(make("p", { class: "asked" }, label, make("span", { lang: asked }, shown)), answer);
}

function apology(error, again) {
  const key = error instanceof Problem ? error.message : "error.unexpected";
  return make("article", { lang: ui, class: "failed" },
    make("h2", { tabindex: -1 }, say("error.title")),
    make("p", {}, say(key)),
    make("div", { class: "chips" }, press(say("retry"), again)));
}

function open(entry, title, language) {
  return converse(title, "/api/open", { reference: entry, language }, { focus: true });
}

/* A reply */

function article(reply, inLanguage) {
  const language = reply.reply_language;
  const { blocks } = reply;
  const t = (key, values) => say(key, language, values);
  // An entry that is a misconception has nothing to add to its own note.
  const noteIsAll = reply.misconceptions.some((note) => note.text === reply.answer);
  const node = make("article", { lang: language, class: reply.outcome, "data-entry": reply.entry },
    reply.misconceptions.map((note, i) => make("section", { class: "note" },
      make("p", { class: "label" }, t("misconception")),
      make("p", { class: "claim" }, `“${note.belief}”`),
      prose(blocks.misconceptions[i], t), cite(note.source, t))),
    make("h2", { tabindex: -1, class: noteIsAll && "unseen" }, reply.title),
    !noteIsAll && blocks.answer.length ? prose(blocks.answer, t) : null,
    reply.choices.length ? make("div", { class: "options", role: "group", "aria-label": t("choices") },
      reply.choices.map((one) => press(one.title, () => open(one.entry, one.title, language)))) : null,
    reply.table.rows.length ? comparison(reply.table, t) : null,
    reply.corrections.length ? make("section", { class: "corrections" },
      make("h3", {}, t("corrections")),
      reply.corrections.map((note, i) => make("div", { class: `correction ${note.verdict}` },
        make("p", {}, make("span", { class: "verdict" }, t(`verdict.${note.verdict}`)), " ",
          make("span", { class: "claim" }, `“${note.corrects}”`)),
        prose(blocks.corrections[i], t), cite(note.source, t)))) : null,
    blocks.detail.length ? make("details", { class: "depth" },
      make("summary", {}, t("detail")), prose(blocks.detail, t)) : null,
    reply.related.length ? make("section", {},
      make("h3", {}, t("related")),
      make("div", { class: "chips" },
        reply.related.map((one) => press(one.title, () => open(one.entry, one.title, language))))) : null,
    ending(reply, t, inLanguage));
  return node;
}

function prose(blocks, t) {
  return make("div", { class: "prose" }, blocks.map((block) => block.commands
    ? commands(block.commands, t)
    : make("p", {}, block.spans.map((span) => (span.code ? make("code", {}, span.text) : span.text)))));
}

function commands(lines, t) {
  const pre = make("pre", { tabindex: 0, role: "region", "aria-label": t("commands.label"), translate: "no" },
    lines.map((line) => make("code", {}, line)));
  const button = press(t("copy"), async () => {
    try {
      await navigator.clipboard.writeText(lines.join("\n"));
      button.textContent = t("copied");
    } catch {
      getSelection().selectAllChildren(pre);
      button.textContent = t("copy.failed");
    }
    $("status").textContent = button.textContent;
    setTimeout(() => { button.textContent = t("copy"); }, 1600);
  }, "copy");
  return make("div", { class: "commands" }, pre, button);
}

function cite(source, t) {
  if (!source) return null;
  const host = URL.canParse(source) ? new URL(source).hostname.replace(/^www\./, "") : source;
  return make("p", { class: "cite" }, link(`${t("source")}: ${host}`, source));
}

function comparison({ headings, rows }, t) {
  const body = rows.map(([label, ...cells]) => make("tr", {},
    make("th", { scope: "row" }, label), cells.map((cell) => make("td", {}, cell || "–"))));
  const table = make("table", { class: headings.length > 2 && "many" }, make("caption", { class: "unseen" }, t("table")),
    make("thead", {}, make("tr", {}, make("td", {}), headings.map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", {}, body));
  const tail = rows.length > ROWS + 2 ? body.slice(ROWS) : [];
  return make("div", { class: "table" },
    make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": t("table") }, table),
    fold(tail, t("rows.more", { count: rows.length }), t("rows.fewer")));
}

function ending(reply, t, inLanguage) {
  const other = LANGUAGES.find((language) => language !== reply.reply_language);
  const sources = reply.sources.map((source) => make("li", {},
    make("span", { lang: "en" }, link(source.title, source.url), source.version ? ` · ${source.version}` : ""),
    ` · ${t("reviewed", { date: day(source.reviewed, reply.reply_language) })}`));
  const tail = sources.length > SOURCES + 1 ? sources.slice(SOURCES) : [];
  return make("div", { class: "end" },
    sources.length ? make("section", { class: "sources" },
      make("h3", {}, t("sources")), make("ul", {}, sources),
      fold(tail, t("sources.more", { count: tail.length }), t("sources.fewer"))) : null,
    make("div", { class: "row" }, why(reply, t),
      press(make("span", { lang: other }, say("other_language", other)), () => inLanguage(other), "link")));
}

function why(reply, t) {
  const { reasons, candidates } = reply;
  if (!reasons.length && !candidates.length) return make("span");
  const sure = percent(reply.confidence);
  return make("details", { class: "why" },
    make("summary", {}, t("why")),
    make("p", { class: "sure" }, `${t("why.confidence")}: ${sure}`, meter(reply.confidence)),
    reasons.length ? [make("h3", {}, t("why.reasons")),
      make("ul", { lang: "en" }, reasons.map((reason) => make("li", {}, reason)))] : null,
    candidates.length ? [make("h3", {}, t("why.candidates")),
      make("ul", {}, candidates.map((one) => make("li", { class: "candidate" },
        make("span", { class: "percent" }, percent(one.confidence)), meter(one.confidence),
        press(one.title, () => open(one.entry, one.title, reply.reply_language), "link"))))] : null);
}

const percent = (chance) => `${Math.round(chance * 100)}%`;

function meter(chance) {
  const bar = make("i");
  bar.style.width = percent(chance);
  return make("span", { class: "meter", "aria-hidden": "true" }, bar);
}

function day(date, language) {
  const format = new Intl.DateTimeFormat(language === "hi" ? "hi-IN" : "en-GB", { dateStyle: "medium", timeZone: "UTC" });
  return format.format(new Date(date));
}

/* Welcome and help */

function invitation() {
  return [
    make("h3", { class: "tip" }, say("examples")),
    make("div", { class: "options" }, words[ui].examples.map((text) => press(text, () => submit(text)))),
    make("h3", { class: "tip" }, say("commands")),
    make("ul", {}, Object.keys(COMMANDS).map((name) => make("li", { class: "way" },
      press(usage(name), () => write(`/${say(`command.${name}`)}${COMMANDS[name] ? " " : ""}`), "form"), make("span", { class: "for" }, say(`command.${name}.about`))))),
  ];
}

const usage = (name) => `/${say(`command.${name}`)} ${say(`command.${name}.usage`)}`.trim();

function welcome() {
  const about = prose(words[ui].about, say);
  about.classList.add("about");
  $("welcome").replaceChildren(make("h2", {}, say("welcome")), about, ...invitation());
}

function help(typed) {
  $("welcome").hidden = true;
  $("restart").hidden = false;
  const place = make("div", { class: "exchange" }, make("p", { class: "asked" }, typed),
    make("article", { lang: ui }, make("h2", { tabindex: -1 }, say("command.help.about")),
      prose(words[ui].about, say), make("div", {}, invitation())));
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
  if ([...text].length > MAX_TEXT) return complain(say("error.too_long", ui, { count: MAX_TEXT }));
  const typed = command(text);
  const names = typed?.names.filter(Boolean) ?? [];
  if (typed && COMMANDS[typed.known] && (!names.length || (typed.known === "relate" && names.length !== 2)
    || names.length > COMMANDS[typed.known])) {
    return complain(say("needs.names", ui, { usage: usage(typed.known).slice(1) }));
  }
  lastTyped = text;
  box.value = "";
  fit();
  close();
  // On a phone the keyboard would cover the answer.
  if (matchMedia("(pointer: coarse)").matches) box.blur();
  if (!typed) return converse(text, "/api/ask", { text, language: choice, previous });
  const language = choice === "auto" && DEVANAGARI.test(text) ? "hi" : ui;
  switch (typed.known) {
    case "help": return help(text);
    case "compare": return converse(text, "/api/compare", { names, language });
    case "concept": return converse(text, "/api/concept", { name: names[0], language });
    case "relate": return converse(text, "/api/relate", { first: names[0], second: names[1], language });
  }
}

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
  $("status").textContent = offered.length ? say("suggestions.count", ui, { count: offered.length }) : "";
}

async function offers(value) {
  const typed = command(value);
  if (typed) {
    const most = COMMANDS[typed.known];
    if (!most || !/^\s*\/\S+\s/.test(value) || typed.names.length > most) return [];
    const before = typed.names.slice(0, -1), now = typed.names.at(-1);
    const found = await call(`/api/suggest?${new URLSearchParams({ q: now, what: "concept", language: ui })}`);
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
  const language = choice === "auto" ? "auto" : ui;
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
  $("status").textContent = "";
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

/* Language */

function speak(next) {
  choice = next;
  const hindi = navigator.languages.find((one) => /^(en|hi)\b/i.test(one))?.toLowerCase().startsWith("hi");
  ui = choice === "auto" ? (hindi ? "hi" : "en") : choice;
  document.documentElement.lang = ui;
  document.title = say("title");
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
  for (const node of document.querySelectorAll("[data-say-label]")) node.ariaLabel = say(node.dataset.sayLabel);
  box.placeholder = say("placeholder");
  welcome();
  close();
}

function remember(value) {
  try {
    if (value === undefined) return localStorage.getItem("language");
    localStorage.setItem("language", value);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
  return null;
}

/* Start */

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
$("language").addEventListener("change", (event) => {
  remember(event.target.value);
  speak(event.target.value);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && event.target === document.body) {
    event.preventDefault();
    write("/");
  }
});

await Promise.all(LANGUAGES.map(async (language) => {
  words[language] = await call(`/api/strings?language=${language}`);
}));
const kept = remember();
if (LANGUAGES.includes(kept)) document.querySelector(`#language [value=${kept}]`).checked = true;
speak(LANGUAGES.includes(kept) ? kept : "auto");
document.body.dataset.ready = "";
if (!matchMedia("(pointer: coarse)").matches) box.focus();

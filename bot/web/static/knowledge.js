// Knowledge: every entry with its age, its sources, both languages and what the lint found; live from disk.

import { $, ago, announce, apology, call, clock, count, day, fold, make, page, poll, press, say } from "./lib.js";
import { article } from "./reply.js";

const EVERY = 1500;
const ROWS = 120; // at a time
const PROBLEMS = 6; // until all are asked for
const SORTS = {
  title: (a, b) => a.title.localeCompare(b.title, page.ui),
  oldest: (a, b) => b.age_days - a.age_days,
  findings: (a, b) => b.findings.length - a.findings.length,
  sources: (a, b) => a.sources - b.sources,
};

let base = null; // what /api/entries says
let version = null;
let stop = null;
let open = ""; // key of the entry that is shown
let more = ROWS;
const wanted = { text: "", kind: "", state: "", rule: "", sort: "title" };

export async function show(rest) {
  const before = open;
  open = decodeURIComponent(rest);
  stop ??= poll(look, EVERY);
  if (!base) {
    await load();
  } else {
    if (!$("view-knowledge").hasChildNodes()) frame();
    await detail(before !== open);
  }
}

export function hide() {
  stop?.();
  stop = null;
}

export function speak() {
  base = null;
  if (document.body.dataset.view === "knowledge") load();
}

/** Asks whether anything is new, and takes it up. */
async function look() {
  try {
    const state = await call("/api/state");
    if (state.version === version) return;
    await load(state);
  } catch {
    // The bot is away for a moment; the next look tells.
  }
}

async function load(state) {
  let found;
  try {
    found = await call(`/api/entries?language=${page.ui}`);
  } catch (error) {
    $("view-knowledge").replaceChildren(apology(error, load));
    return;
  }
  const first = !base;
  const about = {};
  for (const one of found.findings) if (one.entry) (about[one.entry] ??= []).push(one);
  base = { ...found, entries: found.entries.map((one) => ({ ...one, findings: about[one.key] ?? [] })) };
  version = found.version;
  if (first) frame();
  update();
  if (!first && state) {
    announce(found.problems.length ? say("knowledge.broken") : say("knowledge.reloaded", page.ui, { time: clock(state.loaded_at) }));
  }
  await detail(first);
}

/** What stays while the list changes: the tools. */
function frame() {
  const kinds = ["", ...base.kinds];
  const states = ["", "stale", "old", "found"];
  const options = (names, prefix) => names.map((name) => make("option", { value: name }, say(`${prefix}.${name || "all"}`)));
  const choose = (field, names, prefix, label) => {
    const id = `knowledge-${field}`;
    const select = make("select", { id, onchange: () => { wanted[field] = select.value; more = ROWS; update(); } }, options(names, prefix));
    select.value = wanted[field];
    return make("div", { class: "field" }, make("label", { for: id }, label), select);
  };
  const search = make("input", {
    id: "knowledge-text", type: "search", placeholder: say("knowledge.search"), value: wanted.text, spellcheck: "false",
    oninput: () => { wanted.text = search.value; more = ROWS; update(); },
  });
  $("view-knowledge").replaceChildren(
    make("div", { class: "head" }, make("h2", {}, say("knowledge.title")), make("p", { class: "soft" }, say("knowledge.about"))),
    make("div", { id: "knowledge-problems" }),
    make("div", { class: "tools" },
      make("div", { class: "field grow" }, make("label", { for: search.id }, say("knowledge.find")), search),
      choose("kind", kinds, "kind", say("knowledge.kind")),
      choose("state", states, "knowledge.state", say("knowledge.state")),
      choose("sort", Object.keys(SORTS), "knowledge.sort", say("knowledge.sort"))),
    make("div", { id: "knowledge-rules" }),
    make("div", { class: "panes" },
      make("div", { id: "knowledge-list" }),
      make("div", { id: "knowledge-detail" })),
  );
}

function update() {
  problems();
  rules();
  list();
}

function problems() {
  // What can not be read at all comes first: the rest may follow from it.
  const found = [...base.problems].sort((a, b) => (a.rule === "KB001" ? 0 : 1) - (b.rule === "KB001" ? 0 : 1));
  const told = lines(found);
  const tail = found.length > PROBLEMS + 2 ? [...told.children].slice(PROBLEMS) : [];
  $("knowledge-problems").replaceChildren(...(found.length ? [make("section", { class: "note alert", role: "alert" },
    make("p", { class: "label" }, say("knowledge.broken")),
    make("p", {}, say("knowledge.broken.about")),
    told, fold(tail, say("sources.more", page.ui, { count: tail.length }), say("sources.fewer")))] : []));
}

const lines = (found) => make("ul", { class: "findings" }, found.map((one) => make("li", {},
  make("code", {}, one.rule), " ", make("span", { class: "place" }, `${one.path}:${one.line}`), " ",
  make("span", { lang: "en" }, one.message))));

/** How often each rule was broken; a press shows only its entries. */
function rules() {
  const counts = {};
  for (const one of base.findings) counts[one.rule] = (counts[one.rule] ?? 0) + 1;
  if (wanted.rule && !counts[wanted.rule]) wanted.rule = "";
  const loose = base.findings.filter((one) => !one.entry);
  const names = Object.keys(counts).sort();
  $("knowledge-rules").replaceChildren(
    make("div", { class: "rules" },
      make("span", { class: "soft" }, !base.checked && !base.problems.length ? say("knowledge.checking")
        : say("knowledge.findings", page.ui, { count: count(base.findings.length) })),
      names.map((rule) => make("button", {
        type: "button", class: "pill", "aria-pressed": String(wanted.rule === rule),
        onclick: () => { wanted.rule = wanted.rule === rule ? "" : rule; more = ROWS; rules(); list(); },
      }, `${rule} × ${count(counts[rule])}`))),
    loose.length ? make("details", { class: "loose" }, make("summary", {}, say("knowledge.loose", page.ui, { count: count(loose.length) })), lines(loose)) : "");
}

const isOld = (one) => one.age_days > base.shelf_life_days;

function matching() {
  const text = wanted.text.trim().toLocaleLowerCase();
  return base.entries.filter((one) =>
    (!wanted.kind || one.kind === wanted.kind)
    && (!wanted.state || (wanted.state === "stale" ? one.stale : wanted.state === "old" ? isOld(one) : one.findings.length))
    && (!wanted.rule || one.findings.some((found) => found.rule === wanted.rule))
    && (!text || one.title.toLocaleLowerCase().includes(text) || one.id.includes(text) || one.path?.includes(text)),
  ).sort(SORTS[wanted.sort]);
}

function list() {
  const found = matching();
  const cell = (kind, ...inside) => make("td", { class: kind }, ...inside);
  const rows = found.slice(0, more).map((one) => make("tr", { class: one.key === open && "open", "data-key": one.key },
    make("th", { scope: "row" },
      make("a", { href: `#/knowledge/${encodeURIComponent(one.key)}`, "aria-current": one.key === open && "true" }, one.title),
      make("span", { class: "id" }, one.id),
      make("span", { class: "meta" }, `${say(`kind.${one.kind}`)} · ${ago(one.age_days)} `, one.stale ? languages(one) : "")),
    cell("kind", say(`kind.${one.kind}`)),
    cell(isOld(one) ? "age old" : "age", ago(one.age_days)),
    cell("sources", count(one.sources)),
    cell("both", languages(one)),
    cell("rules", one.findings.length ? make("span", { class: "badge warn", title: [...new Set(one.findings.map((f) => f.rule))].join(", ") },
      count(one.findings.length)) : "")));
  $("knowledge-list").replaceChildren(
    make("p", { class: "soft small", role: "status" }, say("knowledge.count", page.ui, { count: count(found.length), all: count(base.entries.length) })),
    found.length ? make("table", { class: "entries" },
      make("thead", {}, make("tr", {}, ["entry", "kind", "age", "sources", "both", "rules"].map((name) =>
        make("th", { scope: "col", class: name }, say(`knowledge.column.${name}`))))),
      make("tbody", {}, rows)) : make("p", { class: "nothing" }, say("knowledge.nothing")),
    found.length > more ? press(say("knowledge.more", page.ui, { count: count(found.length - more) }), () => { more += 4 * ROWS; list(); }, "plain") : "");
}

function languages(one) {
  if (one.stale === null) return make("span", { class: "soft" }, "…");
  return make("span", { class: one.stale ? "badge warn" : "badge" }, say(one.stale ? "knowledge.stale" : "knowledge.same"));
}

/** The entry that the address names, as the bot would show it. */
async function detail(moved) {
  const place = $("knowledge-detail");
  const mine = open;
  document.querySelector("#view-knowledge .panes").classList.toggle("opened", Boolean(open));
  for (const row of document.querySelectorAll("#knowledge-list tbody tr")) {
    const now = row.dataset.key === open;
    row.classList.toggle("open", now);
    row.querySelector("a").toggleAttribute("aria-current", now);
  }
  const one = base.entries.find((entry) => entry.key === open);
  if (!one) {
    place.replaceChildren(make("p", { class: "nothing" }, say(open ? "error.gone" : "knowledge.choose")));
    return;
  }
  let shown = "";
  try {
    if (one.reference) shown = article(await call("/api/open", { reference: one.reference, language: page.ui }), {
      full: true, open: follow, inLanguage: null });
  } catch (error) {
    shown = apology(error, () => detail(false));
  }
  if (mine !== open) return;
  place.replaceChildren(
    make("a", { class: "back", href: "#/knowledge" }, say("knowledge.back")),
    make("section", { class: "about-entry" },
      make("h3", {}, make("code", {}, one.key)),
      make("dl", {},
        make("dt", {}, say("knowledge.file")), make("dd", { class: "place" }, one.path ? `${one.path}:${one.line}` : "…"),
        make("dt", {}, say("knowledge.reviewed")), make("dd", { class: isOld(one) && "old" },
          `${day(one.reviewed)} · ${ago(one.age_days)}`),
        make("dt", {}, say("knowledge.column.both")), make("dd", {}, languages(one))),
      one.findings.length ? lines(one.findings) : ""),
    shown);
  if (moved && open && matchMedia("(max-width: 64rem)").matches) scrollTo({ top: 0 });
}

/** Links of a reply stay here where the base has such an entry. */
function follow(reference) {
  const one = base.entries.find((entry) => entry.reference === reference);
  location.hash = one ? `#/knowledge/${encodeURIComponent(one.key)}` : `#/ask/${encodeURIComponent(reference)}`;
}

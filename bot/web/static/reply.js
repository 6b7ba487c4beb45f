// A reply of the bot, built from text nodes, never from markup.

import { LANGUAGES, announce, day, fold, link, make, meter, percent, press, say } from "./lib.js";

const ROWS = 6; // of a comparison inside a conversation, until all are asked for
const SOURCES = 3;
const GROUPS = [
  ["differ", (cells) => cells.every(Boolean) && new Set(cells).size > 1],
  ["some", (cells) => !cells.every(Boolean)],
  ["same", (cells) => cells.every(Boolean) && new Set(cells).size === 1],
];

/** A reply.  `open(entry, title, language)` follows a link; `inLanguage(language)` shows it in another one. */
export function article(reply, { open, inLanguage, full = false }) {
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
    reply.table.rows.length ? comparison(reply.table, t, full) : null,
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
    ending(reply, t, open, inLanguage));
  return node;
}

export function prose(blocks, t) {
  return make("div", { class: "prose" }, blocks.map((block) => block.commands?.length
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
    announce(button.textContent);
    setTimeout(() => { button.textContent = t("copy"); }, 1600);
  }, "copy");
  return make("div", { class: "commands" }, pre, button);
}

function cite(source, t) {
  if (!source) return null;
  const host = URL.canParse(source) ? new URL(source).hostname.replace(/^www\./, "") : source;
  return make("p", { class: "cite" }, link(`${t("source")}: ${host}`, source));
}

/** The table; `full` shows every row, in groups: what differs, what is known of some only, what is the same. */
function comparison({ headings, rows }, t, full) {
  const row = ([label, ...cells]) => make("tr", {},
    make("th", { scope: "row" }, label), cells.map((cell) => make("td", {}, cell || "–")));
  const tail = !full && rows.length > ROWS + 2 ? rows.slice(ROWS).map(row) : [];
  const bodies = full
    ? GROUPS.map(([name, belongs]) => [name, rows.filter(([, ...cells]) => belongs(cells))])
      .filter(([, found]) => found.length)
      .map(([name, found]) => make("tbody", { class: name },
        make("tr", { class: "group" }, make("th", { scope: "rowgroup", colspan: headings.length + 1 },
          make("span", {}, t(`rows.${name}`, { count: found.length })))), found.map(row)))
    : [make("tbody", {}, rows.slice(0, rows.length - tail.length).map(row), tail)];
  const table = make("table", { class: headings.length > 2 && "many" }, make("caption", { class: "unseen" }, t("table")),
    make("thead", {}, make("tr", {}, make("td", {}), headings.map((name) => make("th", { scope: "col" }, name)))), bodies);
  return make("div", { class: "table" },
    make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": t("table") }, table),
    fold(tail, t("rows.more", { count: rows.length }), t("rows.fewer")));
}

function ending(reply, t, open, inLanguage) {
  const other = LANGUAGES.find((language) => language !== reply.reply_language);
  const sources = reply.sources.map((source) => make("li", {},
    make("span", { lang: "en" }, link(source.title, source.url), source.version ? ` · ${source.version}` : ""),
    ` · ${t("reviewed", { date: day(source.reviewed, reply.reply_language) })}`));
  const tail = sources.length > SOURCES + 1 ? sources.slice(SOURCES) : [];
  return make("div", { class: "end" },
    sources.length ? make("section", { class: "sources" },
      make("h3", {}, t("sources")), make("ul", {}, sources),
      fold(tail, t("sources.more", { count: tail.length }), t("sources.fewer"))) : null,
    make("div", { class: "row" }, why(reply, t, open),
      inLanguage && press(make("span", { lang: other }, say("other_language", other)), () => inLanguage(other), "link")));
}

function why(reply, t, open) {
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

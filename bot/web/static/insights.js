// Insights: what was asked since the start, and how it went.  Numbers alone, live.

import { $, addressOf, apology, call, clock, count, day, make, page, percent, poll, say } from "./lib.js";

const EVERY = 2000;
const OUTCOMES = ["answer", "choose", "no_answer"];
const SVG = "http://www.w3.org/2000/svg";

let stop = null;
let last = ""; // what is shown, to leave the page alone while nothing changes

export async function show() {
  stop ??= poll(look, EVERY);
  await look();
}

export function hide() {
  stop?.();
  stop = null;
}

export function speak() {
  last = "";
  if (document.body.dataset.view === "insights") look();
}

async function look() {
  const view = $("view-insights");
  try {
    const found = await call(`/api/insights?language=${page.ui}`);
    const text = JSON.stringify(found);
    if (text === last) return;
    last = text;
    view.replaceChildren(...content(found));
  } catch (error) {
    last = "";
    view.replaceChildren(apology(error, look));
  }
}

function content({ report, titles }) {
  const of = (number) => (report.total ? percent(number / report.total) : "–");
  const speed = report.speed;
  const ms = (value) => (value == null ? "–" : say("insights.ms", page.ui, { ms: count(value, value < 10 ? 1 : 0) }));
  return [
    make("div", { class: "head" }, make("h2", {}, say("insights.title")),
      make("p", { class: "soft" }, say("insights.about", page.ui, { date: day(report.since), time: clock(report.since) }))),
    make("dl", { class: "tiles" },
      tile(say("insights.total"), count(report.total)),
      OUTCOMES.map((name) => tile(say(`insights.${name}`), of(report.outcomes[name]),
        say("insights.times", page.ui, { count: count(report.outcomes[name]) }), name)),
      tile(say("insights.corrected"), count(report.corrected)),
      tile(say("insights.speed"), ms(speed.p50), say("insights.slow", page.ui, { p99: ms(speed.p99) }))),
    make("section", { class: "panel" }, make("h3", {}, say("insights.hour")), hour(report.minutes), legend()),
    make("div", { class: "panels" },
      bars(say("insights.top"), report.top.map((top) => [titles[top.entry], top.count, addressOf(top.entry)]), "wide"),
      bars(say("insights.languages"), named(report.languages, "insights.language")),
      bars(say("insights.surfaces"), named(report.surfaces, "insights.surface")),
      bars(say("insights.kinds"), named(report.kinds, "kind")),
      bars(say("insights.intents"), named(report.intents, "intent"))),
    make("p", { class: "soft small" }, say("insights.private")),
  ];
}

const named = (counts, prefix) => Object.entries(counts).map(([key, value]) => [say(`${prefix}.${key}`), value]);

function tile(label, value, note, kind) {
  return make("div", { class: `tile ${kind ?? ""}` },
    make("dt", {}, label), make("dd", {}, value, note ? make("small", {}, note) : ""));
}

function legend() {
  return make("ul", { class: "legend", "aria-hidden": "true" }, OUTCOMES.map((name) =>
    make("li", { class: name }, say(`insights.${name}`))));
}

/** The last sixty minutes as stacked bars. */
function hour(minutes) {
  const width = 6, height = 72, gap = 1.5;
  const most = Math.max(4, ...minutes.map((one) => OUTCOMES.reduce((sum, name) => sum + one[name], 0)));
  const total = (name) => minutes.reduce((sum, one) => sum + one[name], 0);
  const svg = document.createElementNS(SVG, "svg");
  const told = OUTCOMES.map((name) => `${say(`insights.${name}`)}: ${count(total(name))}`).join(", ");
  for (const [name, value] of Object.entries({
    viewBox: `0 0 ${minutes.length * width} ${height}`, preserveAspectRatio: "none", role: "img", class: "hour",
    "aria-label": `${say("insights.hour")}. ${told}`,
  })) svg.setAttribute(name, value);
  minutes.forEach((one, i) => {
    let top = height;
    for (const name of OUTCOMES) {
      const tall = (one[name] / most) * (height - 2);
      if (!tall) continue;
      top -= tall;
      const bar = document.createElementNS(SVG, "rect");
      for (const [key, value] of Object.entries({ x: i * width + gap / 2, y: top, width: width - gap, height: tall, class: name })) {
        bar.setAttribute(key, value);
      }
      svg.append(bar);
    }
  });
  return make("figure", { class: "plot" }, svg, make("figcaption", {},
    make("span", {}, say("insights.ago")), make("span", {}, say("insights.most", page.ui, { count: count(most) })),
    make("span", {}, say("insights.now"))));
}

function bars(title, rows, kind) {
  const most = Math.max(1, ...rows.map(([, value]) => value));
  const list = rows.map(([label, value, address]) => {
    const bar = make("i");
    bar.style.width = percent(value / most);
    return make("li", {}, address ? make("a", { href: address }, label) : make("span", {}, label),
      make("b", {}, count(value)), make("span", { class: "meter", "aria-hidden": "true" }, bar));
  });
  return make("section", { class: `panel ${kind ?? ""}` }, make("h3", {}, title),
    rows.length ? make("ul", { class: "bars" }, list) : make("p", { class: "soft" }, say("insights.none")));
}

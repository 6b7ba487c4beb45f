// Compare: two to four things side by side, at an address that can be shared.

import { $, addressOf, announce, apology, call, make, page, press, say } from "./lib.js";
import { combo } from "./combo.js";
import { article } from "./reply.js";

const MOST = 4;
const OFFERED = 12;

let picks = []; // ids
let language = null; // of the reply, where it differs from the page's
let titles = {}; // id -> name, in the page's language
let ready = []; // what people often compare
let turn = 0;

export async function show(rest) {
  picks = [...new Set(rest.split("+").filter(Boolean))].slice(0, MOST);
  language = null;
  await draw();
}

export function speak() {
  titles = {};
  language = null;
  if (document.body.dataset.view === "compare") draw();
}

function go(next) {
  location.hash = `#/compare/${next.join("+")}`;
}

async function draw() {
  const mine = ++turn;
  const view = $("view-compare");
  let found;
  try {
    if (!Object.keys(titles).length) {
      found = await call(`/api/concepts?language=${page.ui}`);
      titles = Object.fromEntries(found.concepts.map((one) => [one.id, one.name]));
      ready = found.comparisons;
    }
  } catch (error) {
    view.replaceChildren(apology(error, draw));
    return;
  }
  if (mine !== turn) return;
  const picker = combo({
    label: say(picks.length < 2 ? "compare.pick" : "compare.add"), placeholder: say("compare.placeholder"),
    pick: (one) => go([...picks, one.id]), skip: (id) => picks.includes(id),
  });
  const chips = make("ul", { class: "picks", "aria-label": say("compare.picked") }, picks.map((id) => make("li", {},
    make("span", {}, titles[id] ?? id),
    make("button", {
      type: "button", "aria-label": say("compare.remove", page.ui, { what: titles[id] ?? id }),
      onclick: () => go(picks.filter((other) => other !== id)),
    }, "×"))));
  const result = make("div", { class: "result", "aria-live": "polite" });
  view.replaceChildren(
    make("div", { class: "head" }, make("h2", {}, say("compare.title")), make("p", { class: "soft" }, say("compare.about"))),
    make("div", { class: "tools" }, picks.length ? chips : "", picks.length < MOST ? picker.node : "",
      picks.length > 1 ? press(say("compare.share"), share, "plain") : ""),
    result,
  );
  if (document.body.dataset.shown === "compare" && picks.length < MOST) picker.input.focus();
  if (picks.length < 2) {
    result.append(make("h3", { class: "tip" }, say("compare.ready")),
      make("div", { class: "chips" }, ready.slice(0, OFFERED).map((one) =>
        make("a", { class: "chip", href: addressOf(one.entry) }, one.title))));
    return;
  }
  await fill(result, mine);
}

async function fill(result, mine) {
  let node;
  try {
    const reply = await call("/api/compare", { names: picks, language: language ?? page.ui });
    node = article(reply, {
      full: true,
      open: (entry) => { location.hash = addressOf(entry); },
      inLanguage: (next) => { language = next; return fill(result, turn); },
    });
  } catch (error) {
    node = apology(error, () => fill(result, turn));
  }
  if (mine === turn) result.replaceChildren(node);
}

async function share(event) {
  const button = event.target;
  try {
    await navigator.clipboard.writeText(location.href);
    button.textContent = say("copied");
  } catch {
    button.textContent = location.href; // to be copied by hand
  }
  announce(button.textContent);
}

// Explore: the concepts as a map and as an outline, one concept's card, and the way between two.

import { $, addressOf, announce, apology, call, make, page, press, say } from "./lib.js";
import { combo } from "./combo.js";
import { ConceptMap } from "./map.js";
import { article } from "./reply.js";

let graph = null; // what /api/graph says
let byId = {};
let edgesOf = {}; // id -> its relations, from either side
let hidden = new Set(); // kinds of relations that are filtered out
let outline = false; // the list instead of the map
let picked = []; // ids of the address: one is shown, two are connected
let map = null;
let boxes = {};
let turn = 0;

export async function show(rest) {
  picked = rest.split("+").filter(Boolean).slice(0, 2);
  if (!graph && !(await load())) return;
  await draw();
}

export function hide() {
  graph = null; // the base may have changed by the next visit
}

export function speak() {
  graph = null;
  if (document.body.dataset.view === "explore") load().then((ready) => ready && draw());
}

async function load() {
  const view = $("view-explore");
  try {
    graph = await call(`/api/graph?language=${page.ui}`);
  } catch (error) {
    view.replaceChildren(apology(error, () => show(picked.join("+"))));
    return false;
  }
  byId = Object.fromEntries(graph.concepts.map((one) => [one.id, one]));
  edgesOf = Object.fromEntries(graph.concepts.map((one) => [one.id, []]));
  for (const edge of graph.relations) {
    edgesOf[edge.start].push(edge);
    edgesOf[edge.end].push(edge);
  }
  frame(view);
  return true;
}

const go = (...ids) => { location.hash = `#/explore/${ids.join("+")}`; };

/* The view */

function frame(view) {
  const from = combo({ label: say("explore.find"), placeholder: say("explore.find.placeholder"), keep: true, pick: (one) => go(one.id) });
  const to = combo({
    label: say("explore.to"), placeholder: say("explore.to.placeholder"), keep: true, skip: (id) => id === picked[0],
    pick: (one) => (picked[0] ? go(picked[0], one.id) : from.input.focus()),
  });
  boxes = { from, to };
  map = new ConceptMap({
    graph, label: say("explore.map"), help: say("explore.keys"),
    words: { in: say("explore.in"), out: say("explore.out"), fit: say("explore.fit") },
    pick: (id) => go(id),
  });
  const filter = make("details", { class: "filter" },
    make("summary", {}, say("explore.filter")),
    make("div", { class: "pills" },
      graph.kinds.map((kind) => {
        const box = make("input", { type: "checkbox", checked: !hidden.has(kind.id), onchange: () => {
          if (box.checked) hidden.delete(kind.id);
          else hidden.add(kind.id);
          map.filter(hidden);
          if (outline) list();
          card();
        } });
        return make("label", { class: "pill" }, box, make("span", {}, `${kind.label} (${kind.count})`));
      }),
      press(say("explore.all"), () => every(true), "plain"), press(say("explore.none"), () => every(false), "plain")));
  const every = (shown) => {
    hidden = new Set(shown ? [] : graph.kinds.map((kind) => kind.id));
    for (const box of filter.querySelectorAll("input")) box.checked = shown;
    map.filter(hidden);
    if (outline) list();
    card();
  };
  const ways = ["map", "list"].map((name) => make("label", {},
    make("input", { type: "radio", name: "explore-as", value: name, checked: (name === "list") === outline, onchange: () => {
      outline = name === "list";
      swap();
    } }), make("span", {}, say(`explore.as.${name}`))));
  view.replaceChildren(
    make("h2", { class: "unseen" }, say("explore.title")),
    make("div", { class: "tools" }, from.node, make("span", { class: "arrow", "aria-hidden": "true" }, "→"), to.node,
      make("fieldset", { class: "switch" }, make("legend", { class: "unseen" }, say("explore.as")), ways), filter),
    make("div", { class: "panes" },
      make("div", { class: "stage" }, map.node, make("div", { id: "explore-list", hidden: true }), legend()),
      make("div", { id: "explore-card", "aria-live": "polite" })));
  map.filter(hidden);
  swap();
}

function legend() {
  return make("ul", { class: "legend scopes", "aria-hidden": "true" },
    [...new Set(graph.concepts.map((one) => one.scope))].map((scope) => make("li", { class: scope }, say(`scope.${scope}`))));
}

function swap() {
  map.node.hidden = outline;
  $("view-explore").querySelector(".legend").hidden = outline;
  $("explore-list").hidden = !outline;
  if (outline) list();
  else map.resize();
}

/** Everything on the map, as text. */
function list() {
  $("explore-list").replaceChildren(
    make("p", { class: "soft small" }, say("explore.outline", page.ui, { count: graph.concepts.length })),
    make("ul", { class: "outline" }, [...graph.concepts].sort((a, b) => a.name.localeCompare(b.name, page.ui)).map((one) => {
      const entry = make("details", { open: one.id === picked[0], ontoggle: () => {
        if (entry.open && entry.children.length === 1) entry.append(make("p", {}, one.summary), relations(one.id));
      } }, make("summary", {}, one.name));
      return make("li", {}, entry);
    })));
}

const visible = (edge) => !hidden.has(edge.type);

/** Each relation of a concept as a sentence, and a way to its other end. */
function relations(id) {
  const edges = edgesOf[id].filter(visible);
  if (!edges.length) return make("p", { class: "soft small" }, say("explore.no_relations"));
  return make("ul", { class: "relations" }, edges.map((edge) => {
    const other = edge.start === id ? edge.end : edge.start;
    return make("li", {}, make("span", {}, edge.text), " ", make("a", { href: `#/explore/${other}` }, byId[other]?.name ?? other));
  }));
}

/* One concept, or the way between two */

async function draw() {
  for (const [box, id] of [[boxes.from, picked[0]], [boxes.to, picked[1]]]) box.set(byId[id]?.name ?? "");
  boxes.to.node.classList.toggle("waiting", !picked.length);
  map.select(picked.length === 1 ? picked[0] : null);
  if (outline) list();
  await card();
}

async function card() {
  const place = $("explore-card");
  const mine = ++turn;
  const [first, second] = picked;
  $("view-explore").querySelector(".panes").classList.toggle("opened", Boolean(first));
  if (!first) {
    map.trace([]);
    place.replaceChildren(make("div", { class: "hint" }, make("p", {}, say("explore.hint")), make("p", { class: "soft small" }, say("explore.keys"))));
    return;
  }
  const follow = (entry) => { location.hash = addressOf(entry); };
  const close = make("a", { class: "back", href: "#/explore" }, say("explore.close"));
  try {
    if (second) {
      const reply = await call("/api/relate", { first, second, language: page.ui });
      if (mine !== turn) return;
      const path = reply.entry ? reply.concepts : [];
      map.trace(path);
      place.replaceChildren(close, way(path), article(reply, { open: follow, inLanguage: null }));
      announce(`${reply.title}. ${reply.answer}`);
      return;
    }
    const reply = await call("/api/open", { reference: `concept:${first}`, language: page.ui });
    if (mine !== turn) return;
    map.trace([]);
    place.replaceChildren(close, article(reply, { open: follow, inLanguage: null }),
      make("section", { class: "panel" }, make("h3", {}, say("explore.relations")), relations(first)));
  } catch (error) {
    if (mine === turn) place.replaceChildren(close, apology(error, card));
  }
}

/** The stations of a path, in order. */
function way(path) {
  return make("ol", { class: "path", "aria-label": say("explore.path") }, path.map((id) =>
    make("li", {}, make("a", { href: `#/explore/${id}` }, byId[id]?.name ?? id))));
}

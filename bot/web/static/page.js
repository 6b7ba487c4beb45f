// The page as a whole: its views, its addresses, and its language.

import * as ask from "./ask.js";
import { $, LANGUAGES, call, page, say, words } from "./lib.js";

// A view is loaded when it is first looked at; it has show(rest), speak(), and hide() if it keeps busy.
const VIEWS = {
  ask: async () => ask,
  compare: () => import("./compare.js"),
  explore: () => import("./explore.js"),
  knowledge: () => import("./knowledge.js"),
  insights: () => import("./insights.js"),
};

const loaded = { ask };
let now = null; // name of the view in front

/* Addresses: #/view/rest */

async function route() {
  const [, name = "ask", rest = ""] = location.hash.match(/^#\/(\w+)(?:\/(.*))?$/) ?? [];
  const view = VIEWS[name] ? name : "ask";
  if (now && now !== view) loaded[now]?.hide?.();
  const fresh = now !== view;
  now = view;
  document.body.dataset.view = view;
  for (const one of Object.keys(VIEWS)) $(`view-${one}`).hidden = one !== view;
  document.querySelector("footer").hidden = view !== "ask";
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#/${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  title();
  loaded[view] ??= await VIEWS[view]();
  if (now !== view) return; // somebody was faster than the network
  if (fresh) scrollTo({ top: view === "ask" && $("log").hasChildNodes() ? document.body.scrollHeight : 0, behavior: "instant" });
  await loaded[view].show(rest);
  document.body.dataset.shown = view;
}

function title() {
  document.title = now === "ask" || !now ? say("title") : `${say(`view.${now}`)} · ${words[page.ui].name}`;
}

/* Language */

function speak(next) {
  page.choice = next;
  const hindi = navigator.languages.find((one) => /^(en|hi)\b/i.test(one))?.toLowerCase().startsWith("hi");
  page.ui = page.choice === "auto" ? (hindi ? "hi" : "en") : page.choice;
  document.documentElement.lang = page.ui;
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
  for (const node of document.querySelectorAll("[data-say-label]")) node.ariaLabel = say(node.dataset.sayLabel);
  title();
  for (const view of Object.values(loaded)) view.speak();
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

$("language").addEventListener("change", (event) => {
  remember(event.target.value);
  speak(event.target.value);
});
$("leave").addEventListener("click", async () => {
  await fetch("/logout", { method: "POST" }).catch(() => {});
  location.reload();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address belongs to the views
  (now === "ask" ? $("box") : $("main")).focus();
});
addEventListener("hashchange", route);

await Promise.all(LANGUAGES.map(async (language) => {
  words[language] = await call(`/api/strings?language=${language}`);
}));
const kept = remember();
if (LANGUAGES.includes(kept)) document.querySelector(`#language [value=${kept}]`).checked = true;
$("leave").hidden = !words.en.protected;
speak(LANGUAGES.includes(kept) ? kept : "auto");
await route();
document.body.dataset.ready = "";
performance.mark("ready");
if (now === "ask" && !matchMedia("(pointer: coarse)").matches) $("box").focus();

// A box that completes the name of a concept (an ARIA combobox with a list).

import { announce, call, make, page, say } from "./lib.js";

let made = 0;

/**
 * A box with suggestions.
 * `pick({id, title})` is called when one is taken; `skip(id)` leaves one out; with `keep` the box shows what was taken.
 */
export function combo({ label, placeholder = "", pick, skip = () => false, keep = false, hideLabel = false }) {
  const id = `combo-${++made}`;
  let offered = [], active = -1, turn = 0, timer, chosen = "";
  const list = make("ul", { id: `${id}-list`, role: "listbox", "aria-label": label, class: "offers", hidden: true });
  const input = make("input", {
    id, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder, enterkeyhint: "done",
    "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
    oninput: () => { clearTimeout(timer); timer = setTimeout(suggest, 60); },
    onfocus: () => { input.select(); suggest(); },
    onblur: () => { close(); if (keep) input.value = chosen; },
    onkeydown: key,
  });
  const node = make("div", { class: "combo" },
    make("label", { for: id, class: hideLabel && "unseen" }, label), input, list);
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // keep the focus in the box

  async function suggest() {
    const mine = ++turn;
    const typed = keep && input.value === chosen ? "" : input.value;
    const asked = new URLSearchParams({ q: typed.slice(0, 300), what: "concept", language: page.ui });
    const found = await call(`/api/suggest?${asked}`).catch(() => ({ suggestions: [] }));
    if (mine !== turn || document.activeElement !== input) return;
    offered = found.suggestions.map((one) => ({ id: one.entry.split(":")[1], title: one.title })).filter((one) => !skip(one.id));
    list.replaceChildren(...offered.map((one, i) => make("li", {
      id: `${id}-${i}`, role: "option", "aria-selected": "false", onclick: () => take(i),
    }, one.title)));
    list.hidden = !offered.length;
    input.setAttribute("aria-expanded", !list.hidden);
    mark(-1);
    if (typed) announce(say("suggestions.count", page.ui, { count: offered.length }));
  }

  function mark(i) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = i;
    const now = list.children[active];
    now?.setAttribute("aria-selected", "true");
    now?.scrollIntoView({ block: "nearest" });
    if (now) input.setAttribute("aria-activedescendant", now.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function key(event) {
    if (event.isComposing) return;
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && offered.length) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(((active + 1 + step + offered.length + 1) % (offered.length + 1)) - 1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (list.hidden) return;
      take(Math.max(active, 0));
    } else if (event.key === "Escape") {
      close();
    }
  }

  function take(i) {
    const one = offered[i];
    if (!one) return;
    set(keep ? one.title : "");
    close();
    pick(one);
  }

  function close() {
    clearTimeout(timer);
    turn++;
    offered = [];
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    active = -1;
  }

  /** Shows what was taken elsewhere. */
  function set(title) {
    chosen = title;
    input.value = title;
  }

  return { node, input, set };
}

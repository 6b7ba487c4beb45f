// The map: concepts as dots, relations as lines; moved by mouse, touch and keyboard.

import { make } from "./lib.js";
import { layout } from "./layout.js";

const SVG = "http://www.w3.org/2000/svg";
const MOST = 6; // zoom
const LETTER = 6.6; // width of a letter, about, in pixels

function draw(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export class ConceptMap {
  /** `pick(id)` is called when a concept is chosen. */
  constructor({ graph, label, help, words, pick }) {
    const index = Object.fromEntries(graph.concepts.map((one, i) => [one.id, i]));
    this.edges = graph.relations.map((one) => ({ ...one, a: index[one.start], b: index[one.end] }));
    const at = layout(graph.concepts.length, this.edges.map(({ a, b }) => [a, b]));
    // The map is wide; a phone is tall.
    if (innerHeight > innerWidth) for (const one of at) [one.x, one.y] = [one.y, one.x];
    const degree = new Array(graph.concepts.length).fill(0);
    for (const { a, b } of this.edges) { degree[a]++; degree[b]++; }
    this.pick = pick;
    this.lines = draw("g", { class: "lines" });
    for (const edge of this.edges) {
      const [a, b] = [at[edge.a], at[edge.b]];
      edge.line = draw("line", { x1: a.x, y1: a.y, x2: b.x, y2: b.y });
      this.lines.append(edge.line);
    }
    this.dots = draw("g", { class: "dots" });
    this.nodes = graph.concepts.map((one, i) => {
      const circle = draw("circle", {});
      const text = draw("text", { "aria-hidden": "true" }, one.name);
      const group = draw("g", {
        class: `dot ${one.scope}`, role: "button", tabindex: -1, "aria-label": one.name, "data-id": one.id,
        transform: `translate(${at[i].x} ${at[i].y})`,
      }, circle);
      return { ...one, ...at[i], degree: degree[i], circle, text, group, size: 3 + Math.sqrt(degree[i]) * 1.5 };
    });
    // Names lie above all dots; they are moved with them, and let the pointer through.
    this.names = draw("g", { class: "names" });
    for (const one of this.nodes) {
      this.names.append(one.text);
      const hover = (on) => () => { one.text.classList.toggle("pointed", on); };
      for (const [event, on] of [["pointerenter", true], ["pointerleave", false], ["focus", true], ["blur", false]]) {
        one.group.addEventListener(event, hover(on));
      }
    }
    // Big dots lie under small ones, so that none is out of reach.
    this.dots.append(...[...this.nodes].sort((a, b) => b.degree - a.degree).map((one) => one.group));
    this.order = [...this.nodes].sort((a, b) => b.degree - a.degree);
    this.byId = Object.fromEntries(this.nodes.map((one) => [one.id, one]));
    this.root = draw("g", {}, this.lines, this.dots, this.names);
    this.svg = draw("svg", { class: "map", role: "group", "aria-label": `${label}. ${help}`, "aria-roledescription": label }, this.root);
    const button = (name, sign, act) => make("button", { type: "button", "aria-label": name, title: name, onclick: act }, sign);
    this.node = make("div", { class: "chart" }, this.svg,
      make("div", { class: "zoom" },
        button(words.in, "+", () => this.zoom(1.5)), button(words.out, "−", () => this.zoom(1 / 1.5)),
        button(words.fit, "⤢", () => this.fit(this.nodes))));
    this.view = { x: 0, y: 0, k: 1 };
    this.selected = null;
    this.path = [];
    this.hidden = new Set();
    this.listen();
    this.roam(this.order[0]);
    new ResizeObserver(() => this.resize()).observe(this.node);
  }

  /* What is shown */

  /** Shows a concept with its neighbours; null for all alike. */
  select(id) {
    this.selected = this.byId[id] ?? null;
    this.paint();
    if (this.selected) {
      this.roam(this.selected);
      this.fit([this.selected, ...this.neighbours(this.selected)], 1.5);
    }
  }

  /** Shows a path; an empty one for none. */
  trace(ids) {
    const before = this.path.length;
    this.path = ids.map((id) => this.byId[id]).filter(Boolean);
    this.paint();
    if (this.path.length) this.fit(this.path, 1.5);
    else if (before && !this.selected) this.fit(this.nodes);
  }

  /** Leaves out some kinds of relations. */
  filter(hidden) {
    this.hidden = hidden;
    this.paint();
  }

  neighbours(node) {
    const near = this.edges.filter((one) => !this.hidden.has(one.type) && (one.start === node.id || one.end === node.id));
    return [...new Set(near.map((one) => this.byId[one.start === node.id ? one.end : one.start]))];
  }

  /** Sets the classes that the style sheet colours by. */
  paint() {
    const near = new Set(this.path.length ? this.path : this.selected ? [this.selected, ...this.neighbours(this.selected)] : []);
    const steps = new Set(this.path.slice(1).flatMap((one, i) => [`${this.path[i].id} ${one.id}`, `${one.id} ${this.path[i].id}`]));
    const told = new Set();
    for (const edge of this.edges) {
      const pair = [edge.start, edge.end].sort().join(" ");
      const onPath = steps.has(`${edge.start} ${edge.end}`) && !told.has(pair);
      if (onPath) told.add(pair);
      const on = onPath || (!this.path.length && this.selected && (edge.start === this.selected.id || edge.end === this.selected.id));
      edge.line.setAttribute("class", onPath ? "path" : on ? "on" : near.size ? "off" : "");
      edge.line.style.display = this.hidden.has(edge.type) && !onPath ? "none" : "";
    }
    for (const node of this.nodes) {
      const kind = this.path.includes(node) ? "path" : node === this.selected ? "chosen" : near.has(node) ? "near" : near.size ? "off" : "";
      node.near = near.has(node);
      node.group.setAttribute("class", `dot ${node.scope} ${kind}`);
      node.text.setAttribute("class", kind);
      node.group.setAttribute("aria-pressed", String(node === this.selected));
    }
    this.place();
  }

  /* Where it is shown */

  resize() {
    const { width, height } = this.svg.getBoundingClientRect();
    if (!width || (width === this.width && height === this.height)) return;
    const first = !this.width;
    [this.width, this.height] = [width, height];
    if (this.path.length) this.fit(this.path, 1.5);
    else if (this.selected) this.fit([this.selected, ...this.neighbours(this.selected)], 1.5);
    else if (first) this.fit(this.nodes);
    else this.place();
  }

  /** Moves and zooms so that some nodes fill the frame. */
  fit(nodes, most = 1.4) {
    if (!this.width) return;
    const xs = nodes.map((one) => one.x), ys = nodes.map((one) => one.y);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const room = Math.min(70, this.width * 0.12);
    const k = Math.min(most, (this.width - 2 * room) / (right - left || 1), (this.height - 90) / (bottom - top || 1));
    this.view = { k, x: this.width / 2 - (k * (left + right)) / 2, y: this.height / 2 - (k * (top + bottom)) / 2 };
    this.place();
  }

  /** Zooms about a point of the frame; the middle by default. */
  zoom(by, x = this.width / 2, y = this.height / 2) {
    const k = Math.min(MOST, Math.max(0.08, this.view.k * by));
    const grown = k / this.view.k;
    this.view = { k, x: x - (x - this.view.x) * grown, y: y - (y - this.view.y) * grown };
    this.place();
  }

  place() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.now();
    });
  }

  /** Dots and letters keep their size on the screen; a name is shown where it covers no other. */
  now() {
    const { x, y, k } = this.view;
    this.root.setAttribute("transform", `translate(${x} ${y}) scale(${k})`);
    this.svg.style.setProperty("--line", 1 / k);
    const taken = []; // rectangles on the screen
    const grow = Math.min(1.6, Math.max(0.55, Math.sqrt(k) * 1.15));
    const important = (node) => (this.path.includes(node) || node === this.selected ? 0 : node.near ? 1 : 2);
    const dimmed = this.path.length || this.selected;
    for (const node of this.order.slice(0, 24)) {
      // Names of others do not cover the big dots.
      if (dimmed && important(node) === 2) continue;
      const r = node.size * grow, sx = x + node.x * k, sy = y + node.y * k;
      taken.push([sx - r, sy - r, sx + r, sy + r]);
    }
    for (const node of [...this.order].sort((a, b) => important(a) - important(b))) {
      const size = node.size * grow;
      node.circle.setAttribute("r", size / k);
      const letters = important(node) === 0 ? 14 : node.degree > 14 ? 13.5 : 12;
      const wide = [...node.name].length * LETTER * (letters / 12), sx = x + node.x * k, sy = y + node.y * k;
      const inside = sx > -20 && sx < this.width + 20 && sy > -20 && sy < this.height + 20;
      // A name at the rim moves inwards.
      const shift = Math.max(0, 4 - (sx - wide / 2)) - Math.max(0, sx + wide / 2 - this.width + 4);
      const at = (top) => [sx + shift - wide / 2, sy + top, sx + shift + wide / 2, sy + top + letters + 5];
      const free = (box) => !taken.some((one) => box[0] < one[2] && box[2] > one[0] && box[1] < one[3] && box[3] > one[1]);
      const below = size + 1, above = -size - letters - 5;
      const wanted = important(node) === 0 || (inside && !(dimmed && important(node) === 2));
      const top = wanted ? (dimmed ? [below, above] : [below]).find((one) => free(at(one))) ?? (important(node) === 0 ? below : null) : null;
      node.text.setAttribute("font-size", letters / k);
      node.text.setAttribute("x", node.x + shift / k);
      node.text.setAttribute("y", node.y + ((top ?? below) + letters) / k);
      node.text.classList.toggle("unlabelled", top === null); // the pointer brings it back
      if (top !== null) taken.push(at(top));
    }
  }

  /* Keyboard: arrows go to the next dot in their direction, + and - zoom, Enter chooses */

  /** Lets the keyboard start at a node. */
  roam(node) {
    this.at?.group.setAttribute("tabindex", -1);
    this.at = node;
    node?.group.setAttribute("tabindex", 0);
  }

  step(dx, dy) {
    let best = null, least = Infinity;
    for (const node of this.nodes) {
      const ox = node.x - this.at.x, oy = node.y - this.at.y;
      const along = ox * dx + oy * dy, aside = Math.abs(ox * dy) + Math.abs(oy * dx);
      if (along <= 0.5 || aside > along * 1.6) continue;
      const cost = along + aside * 2;
      if (cost < least) [least, best] = [cost, node];
    }
    if (!best) return;
    this.roam(best);
    best.group.focus({ preventScroll: true });
    this.reveal(best);
  }

  /** Moves the map until a node is inside the frame. */
  reveal(node) {
    const { x, y, k } = this.view;
    const sx = x + node.x * k, sy = y + node.y * k, edge = 50;
    this.view.x += Math.max(0, edge - sx) - Math.max(0, sx - this.width + edge);
    this.view.y += Math.max(0, edge - sy) - Math.max(0, sy - this.height + edge);
    this.place();
  }

  listen() {
    const held = new Map(); // pointers that are down
    let moved = 0, pinch = 0;
    const spot = (event) => {
      const frame = this.svg.getBoundingClientRect();
      return [event.clientX - frame.left, event.clientY - frame.top];
    };
    this.svg.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), ...spot(event));
    }, { passive: false });
    this.svg.addEventListener("pointerdown", (event) => {
      held.set(event.pointerId, spot(event));
      if (held.size === 1) moved = 0;
      pinch = 0;
    });
    this.svg.addEventListener("pointermove", (event) => {
      const before = held.get(event.pointerId);
      if (!before) return;
      const now = spot(event);
      held.set(event.pointerId, now);
      const step = Math.hypot(now[0] - before[0], now[1] - before[1]);
      moved += step;
      if (held.size === 2) {
        const [[ax, ay], [bx, by]] = [...held.values()];
        const apart = Math.hypot(ax - bx, ay - by);
        if (pinch) this.zoom(apart / pinch, (ax + bx) / 2, (ay + by) / 2);
        pinch = apart;
        moved = Infinity;
      } else if (moved > 4) {
        // Captured only now: a mere press must reach its dot.
        if (!this.svg.hasPointerCapture(event.pointerId)) this.svg.setPointerCapture(event.pointerId);
        this.view.x += now[0] - before[0];
        this.view.y += now[1] - before[1];
        this.place();
      }
    });
    for (const name of ["pointerup", "pointercancel"]) {
      this.svg.addEventListener(name, (event) => { held.delete(event.pointerId); pinch = 0; });
    }
    this.svg.addEventListener("click", (event) => {
      const id = event.target.closest("[data-id]")?.dataset.id;
      if (id && moved <= 4) this.pick(id);
    });
    this.svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (step) this.step(...step);
      else if (event.key === "Enter" || event.key === " ") this.pick(this.at.id);
      else if (event.key === "+" || event.key === "=") this.zoom(1.4);
      else if (event.key === "-") this.zoom(1 / 1.4);
      else if (event.key === "0") this.fit(this.nodes);
      else return;
      event.preventDefault();
    });
    this.svg.addEventListener("focusin", (event) => {
      const node = this.byId[event.target.closest("[data-id]")?.dataset.id];
      if (node) this.roam(node);
    });
  }
}

// The chart as one moves in it: keys, drag, wheel, pinch, and what the lines say at a moment.

import { draw, hue, make, mark, priceAt } from "./draw.js";
import { moment, priceText } from "./ticks.js";

const LEAST_SPAN = 60; // seconds
const LONGEST_SPAN = 366 * 86400;
const SHOWN = 10; // lines in the read-out
const WINDOWS = [900, 3600, 10800, 21600, 43200, 86400, 259200, 604800, 2592000, 7776000];

export function startChart(figure, first, wants) {
  const plot = document.getElementById("plot");
  const readout = document.getElementById("readout");
  const tools = document.getElementById("tools");
  const svg = make("svg", { "aria-hidden": "true" });
  const logButton = tools.querySelector('[data-do="log"]');
  let data = first;
  let place = null;
  let view = null;
  let moved = false; // a band that somebody chose stays; else it follows the prices
  let cursor = null; // seconds
  let pointerY = null;
  let strong = "";

  const size = () => [plot.clientWidth, Math.round(Math.min(460, Math.max(280, plot.clientWidth * 0.42)))];
  const home = () => ({ start: data.start, end: data.end, low: data.low, high: data.high, log: Boolean(view ? view.log : first.log) });

  function render() {
    const [width, height] = size();
    if (!width) return;
    place = draw(svg, data, view, width, height);
    emphasise(strong);
    showReadout();
  }

  let asked = 0;
  function redraw() {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(render);
  }

  function change(next) {
    view = { ...view, ...next };
    const span = Math.min(LONGEST_SPAN, Math.max(LEAST_SPAN, view.end - view.start));
    view.end = Math.min(view.end, data.end + span * 0.02);
    view.start = view.end - span;
    if (view.log) view.low = Math.max(view.low, 1e-5);
    view.low = Math.max(0, view.low);
    view.high = Math.max(view.high, view.low + 1e-5);
    redraw();
    wants(view);
  }

  // The bottom stays where it is: what is cheapest stays in sight.
  const zoom = (factor) => {
    moved = true;
    change({ high: view.log ? view.low * (view.high / view.low) ** factor : view.low + (view.high - view.low) * factor });
  };
  const shift = (share) => {
    moved = true;
    if (view.log) {
      const ratio = (view.high / view.low) ** share;
      change({ low: view.low * ratio, high: view.high * ratio });
    } else {
      const by = Math.max((view.high - view.low) * share, -view.low);
      change({ low: view.low + by, high: view.high + by });
    }
  };
  const travel = (share) => {
    const by = (view.end - view.start) * share;
    change({ start: view.start + by, end: view.end + by });
  };
  const stretch = (factor, at = view.end) => {
    change({ start: at - (at - view.start) * factor, end: at + (view.end - at) * factor });
  };
  const otherWindow = (up) => {
    const span = view.end - view.start;
    const next = up ? WINDOWS.find((each) => each > span * 1.01) : WINDOWS.findLast((each) => each < span * 0.99);
    if (next) change({ start: view.end - next });
  };
  const log = () => {
    view.log = !view.log;
    logButton.setAttribute("aria-pressed", String(view.log));
    change({});
  };
  const reset = () => {
    moved = false;
    view = home();
    cursor = null;
    redraw();
    wants(view);
  };

  // The read-out: what each line says at a moment, the cheapest first.
  function showReadout() {
    const old = svg.querySelector(".cursor");
    if (old) old.remove();
    readout.hidden = cursor === null;
    if (cursor === null) return;
    const found = data.lines
      .map((line) => ({ line, price: priceAt(line, cursor) }))
      .filter(({ price }) => price !== null)
      .sort((one, other) => one.price - other.price);
    let near = found[0];
    if (pointerY !== null) {
      for (const each of found) {
        if (Math.abs(place.y(each.price) - pointerY) < Math.abs(place.y(near.price) - pointerY)) near = each;
      }
    }
    const from = Math.max(0, Math.min(found.indexOf(near) - SHOWN / 2, found.length - SHOWN));
    const table = document.createElement("table");
    for (const { line, price } of found.slice(from, from + SHOWN)) {
      const row = table.insertRow();
      row.classList.toggle("near", line === near.line);
      const swatch = make("svg", { width: 22, height: 12, "aria-hidden": "true" });
      swatch.append(make("path", { d: "M0 6H22", stroke: hue(line), "stroke-width": 2, "stroke-dasharray": line.dash }), mark(line, 11, 6));
      row.insertCell().append(swatch);
      row.insertCell().textContent = line.label;
      row.insertCell().textContent = priceText(price);
    }
    const when = document.createElement("div");
    when.textContent = moment(cursor);
    readout.replaceChildren(when, table);
    const x = place.x(cursor);
    const onLeft = x > (place.left + place.right) / 2;
    readout.style.left = onLeft ? `${place.left + 6}px` : "auto";
    readout.style.right = onLeft ? "auto" : `${plot.clientWidth - place.right + 6}px`;
    const group = make("g", { class: "cursor" });
    group.append(make("path", { d: `M${x} ${place.top}V${place.bottom}`, stroke: "var(--edge)" }));
    for (const { line, price } of found) {
      const y = place.y(price);
      if (y >= place.top && y <= place.bottom) group.append(mark(line, x, y, line === near.line ? 10 : 5));
    }
    svg.append(group);
  }

  function emphasise(key) {
    strong = key;
    for (const group of svg.querySelectorAll(".series, .labels text")) {
      group.classList.toggle("dim", Boolean(key) && group.dataset.key !== key);
      group.classList.toggle("strong", Boolean(key) && group.dataset.key === key);
    }
  }

  function read(event) {
    const box = plot.getBoundingClientRect();
    const x = event.clientX - box.left;
    pointerY = event.clientY - box.top;
    cursor = x < place.left || x > place.right ? null : place.at(x);
    showReadout();
  }

  // Pointers: one drags, two pinch. A finger that goes up or down scrolls the page (touch-action: pan-y).
  const down = new Map();
  plot.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (event.pointerType === "mouse") plot.setPointerCapture(event.pointerId);
    read(event);
  });
  plot.addEventListener("pointermove", (event) => {
    const last = down.get(event.pointerId);
    if (!last) {
      if (event.pointerType === "mouse") read(event);
      return;
    }
    const [dx, dy] = [event.clientX - last.x, event.clientY - last.y];
    if (down.size === 2) {
      const other = [...down].find(([id]) => id !== event.pointerId)[1];
      const ratio = (before, now) => Math.min(1.5, Math.max(0.67, Math.max(30, Math.abs(before)) / Math.max(30, Math.abs(now))));
      zoom(ratio(last.y - other.y, event.clientY - other.y));
      stretch(ratio(last.x - other.x, event.clientX - other.x));
    } else {
      const [across, up] = [(place.right - place.left), (place.bottom - place.top)];
      if (event.pointerType === "mouse" && dy) shift(dy / up);
      travel(-dx / across);
      plot.classList.add("dragged");
      cursor = null;
    }
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  for (const name of ["pointerup", "pointercancel"]) {
    plot.addEventListener(name, (event) => {
      down.delete(event.pointerId);
      plot.classList.remove("dragged");
    });
  }
  plot.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "mouse") return;
    cursor = null;
    showReadout();
  });
  plot.addEventListener("dblclick", reset);
  // The page scrolls under a wheel that only passes: the chart takes it once it is chosen, or with ctrl.
  plot.addEventListener(
    "wheel",
    (event) => {
      if (document.activeElement !== plot && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const factor = Math.exp(Math.max(-60, Math.min(60, event.deltaY || event.deltaX)) / 300);
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY) && !event.shiftKey) travel(event.deltaX / 1000);
      else if (event.shiftKey) stretch(factor, place.at(event.clientX - plot.getBoundingClientRect().left));
      else zoom(factor);
    },
    { passive: false },
  );

  function step(by) {
    pointerY = null;
    const each = (view.end - view.start) / 60;
    const from = cursor === null ? view.end : cursor;
    cursor = Math.min(view.end - 1, Math.max(view.start, from + by * each));
    showReadout();
  }
  const keys = {
    "+": () => zoom(0.8), "=": () => zoom(0.8), "-": () => zoom(1.25), "_": () => zoom(1.25),
    ArrowUp: () => shift(0.1), ArrowDown: () => shift(-0.1),
    ArrowLeft: () => travel(-0.1), ArrowRight: () => travel(0.1),
    "[": () => otherWindow(false), "]": () => otherWindow(true),
    f: () => document.querySelector("[name=pool]").focus(),
    g: log, 0: reset, Home: reset,
    Escape: () => { cursor = null; showReadout(); },
  };
  plot.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const act = event.shiftKey && arrow ? () => step(arrow) : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  const actions = {
    "zoom-in": () => zoom(0.8), "zoom-out": () => zoom(1.25), up: () => shift(0.1), down: () => shift(-0.1),
    earlier: () => travel(-0.25), later: () => travel(0.25), log, reset,
  };
  tools.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) actions[button.dataset.do]();
  });

  view = { ...home(), log: Boolean(first.log) };
  logButton.setAttribute("aria-pressed", String(view.log));
  plot.replaceChildren(svg);
  plot.classList.add("live");
  plot.tabIndex = 0;
  plot.setAttribute("role", "application");
  plot.setAttribute("aria-describedby", "keys");
  tools.hidden = false;
  document.getElementById("keys").hidden = false;
  new ResizeObserver(redraw).observe(plot);
  render();

  return {
    emphasise,
    get view() { return view; },
    get data() { return data; },
    get follows() { return Math.abs(view.end - data.end) < (view.end - view.start) * 0.03; },
    // New prices: who looks at now goes on doing so; a band that nobody chose follows the prices.
    take(next, { keep = false } = {}) {
      const follows = this.follows && !keep;
      const span = view.end - view.start;
      const band = moved || keep ? {} : { low: next.low, high: next.high };
      data = next;
      view = { ...view, ...band, ...(follows ? { start: next.end - span, end: next.end } : {}) };
      redraw();
    },
  };
}

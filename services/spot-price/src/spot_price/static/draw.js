// Draws lines of steps as SVG: cut where nothing is known, cut at the frame. As the server does; see core/chart/lines.py.

import { logTicks, priceTicks, timeTicks } from "./ticks.js";

const NS = "http://www.w3.org/2000/svg";
const TYPE = 12;
const SHAPES = {
  circle: Array.from({ length: 16 }, (_, turn) => [Math.cos((turn * Math.PI) / 8), Math.sin((turn * Math.PI) / 8)]),
  square: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]],
  triangle: [[0, -1.1], [1.1, 0.9], [-1.1, 0.9]],
  diamond: [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]],
  cross: [[-0.64, -1.06], [0, -0.42], [0.64, -1.06], [1.06, -0.64], [0.42, 0], [1.06, 0.64], [0.64, 1.06], [0, 0.42], [-0.64, 1.06], [-1.06, 0.64], [-0.42, 0], [-1.06, -0.64]],
};

export function make(name, attributes = {}, text = "") {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text) element.textContent = text;
  return element;
}

export const hue = (line) => `var(--hue-${line.hue})`;

export function mark(line, x, y, size = 8) {
  const points = SHAPES[line.marker].map(([dx, dy]) => `${(x + (dx * size) / 2).toFixed(1)},${(y + (dy * size) / 2).toFixed(1)}`);
  return make("polygon", { points: points.join(" "), fill: hue(line) });
}

// The number of the last step that begins at or before a moment; -1: none.
export function stepAt(line, moment) {
  let [low, high] = [0, line.at.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (line.at[middle] <= moment) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export function priceAt(line, moment) {
  const number = stepAt(line, moment);
  return number < 0 || moment > line.end ? null : line.prices[number];
}

export function placeOf(view, width, height, names) {
  const most = Math.max(2, Math.floor((height - 40) / 44));
  const ticks = view.log ? logTicks(view.low, view.high, most) : priceTicks(view.low, view.high, most);
  const widest = Math.max(3, ...ticks.map((tick) => tick.label.length));
  const left = 14 + widest * 7;
  const right = width - (names ? 34 + names * 6.6 : 12);
  const [top, bottom] = [12, height - 26];
  const scale = view.log ? (price) => Math.log(Math.max(price, 1e-6)) : (price) => price;
  const [low, high] = [scale(view.low), scale(view.high)];
  return {
    left, right, top, bottom, ticks,
    x: (at) => left + ((at - view.start) / (view.end - view.start)) * (right - left),
    y: (price) => bottom - ((scale(price) - low) / (high - low)) * (bottom - top),
    at: (x) => view.start + ((x - left) / (right - left)) * (view.end - view.start),
    price: (y) => {
      const value = low + ((bottom - y) / (bottom - top)) * (high - low);
      return view.log ? Math.exp(value) : value;
    },
  };
}

function pathOf(line, view, place) {
  const round = (value) => Math.round(value * 10) / 10;
  let d = "";
  let open = false;
  let before = null; // where the step before was, held to the frame; null: it was not known
  for (let i = Math.max(0, stepAt(line, view.start)); i < line.at.length && line.at[i] < view.end; i += 1) {
    const from = Math.max(line.at[i], view.start);
    const to = Math.min(i + 1 < line.at.length ? line.at[i + 1] : line.end, view.end);
    const price = line.prices[i];
    if (to <= from) continue;
    if (price === null) {
      [before, open] = [null, false];
      continue;
    }
    const y = place.y(price);
    const held = round(Math.min(Math.max(y, place.top), place.bottom));
    const inside = y >= place.top && y <= place.bottom;
    const x = round(place.x(from));
    if (inside && !open) d += before === null ? `M${x} ${held}` : `M${x} ${before}V${held}`;
    else if (open) d += `V${held}`;
    if (inside) d += `H${round(place.x(to))}`;
    [open, before] = [inside, held];
  }
  return d;
}

function axes(view, place) {
  const group = make("g", { class: "axis" });
  for (const tick of place.ticks) {
    const y = Math.round(place.y(tick.value));
    group.append(
      make("path", { d: `M${place.left} ${y}H${place.right}`, stroke: "var(--line)" }),
      make("text", { x: place.left - 6, y: y + 4, "font-size": TYPE, "text-anchor": "end", fill: "var(--soft)" }, tick.label),
    );
  }
  for (const tick of timeTicks(view.start, view.end, Math.max(2, Math.floor((place.right - place.left) / 76)))) {
    const x = Math.round(place.x(tick.value));
    group.append(make("path", { d: `M${x} ${place.top}V${place.bottom}`, stroke: "var(--line)" }));
    if (x - place.left > 14 && place.right - x > 14) {
      group.append(make("text", { x, y: place.bottom + 16, "font-size": TYPE, "text-anchor": "middle", fill: "var(--soft)" }, tick.label));
    }
  }
  group.append(make("path", { d: `M${place.left} ${place.bottom}H${place.right}`, stroke: "var(--soft)" }));
  return group;
}

// Names at the lines' ends, the cheapest lowest, 13 pixels apart; where there is no room for all, the cheapest have it.
function names(ends, place) {
  const group = make("g", { class: "labels" });
  const shown = ends.slice(0, Math.floor((place.bottom - place.top) / 13));
  let limit = place.bottom;
  const placed = shown.map(({ y }) => {
    const at = Math.min(y, limit);
    limit = at - 13;
    return at;
  });
  limit = place.top + 4;
  for (let i = placed.length - 1; i >= 0; i -= 1) {
    placed[i] = Math.max(placed[i], limit);
    limit = placed[i] + 13;
  }
  shown.forEach(({ line }, i) => {
    group.append(
      mark(line, place.right + 13, placed[i], 7),
      make("text", { x: place.right + 20, y: placed[i] + 4, "font-size": TYPE, fill: "var(--ink)", "data-key": line.key }, line.label),
    );
  });
  return group;
}

export function draw(svg, data, view, width, height) {
  const longest = Math.max(0, ...data.lines.map((line) => line.label.length));
  const place = placeOf(view, width, height, width >= 520 ? longest : 0);
  const lines = make("g");
  const ends = [];
  const ordered = [...data.lines].sort((one, other) => (one.price ?? Infinity) - (other.price ?? Infinity));
  for (const line of [...ordered].reverse()) {
    const group = make("g", { class: "series", "data-key": line.key });
    const d = pathOf(line, view, place);
    if (d) group.append(make("path", { d, fill: "none", stroke: hue(line), "stroke-width": 1.8, "stroke-dasharray": line.dash }));
    const last = Math.min(view.end, line.end);
    const price = priceAt(line, last - 0.5);
    const y = price === null ? NaN : place.y(price);
    if (y >= place.top && y <= place.bottom) {
      group.append(mark(line, place.x(last), y));
      ends.unshift({ line, y });
    }
    lines.append(group);
  }
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  ends.sort((one, other) => other.y - one.y);
  svg.replaceChildren(axes(view, place), lines, ...(width >= 520 ? [names(ends, place)] : []));
  return place;
}

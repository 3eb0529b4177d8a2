// The page: the chart, the table, and new prices as they come.

import { startChart } from "./chart.js";
import { follow } from "./live.js";

const WAIT_MS = 300; // after the last move: dragging asks once
const AGAIN_MS = 10_000; // a page without any price looks again

const figure = document.getElementById("chart");
const table = document.getElementById("table");

const outlook = document.getElementById("pool");

// What is shown: the form of the forecast has all that was chosen before, and its own.
function shown() {
  return new URLSearchParams([...new FormData(outlook)].filter(([, value]) => value));
}

function address(times) {
  const query = shown();
  for (const [name, value] of Object.entries(times)) query.set(name, Math.round(value));
  return `/board?${query}`;
}

if (!figure) {
  if (document.getElementById("waiting")) setTimeout(() => location.reload(), AGAIN_MS);
} else {
  const said = document.getElementById("said");
  const first = JSON.parse(document.getElementById("data").textContent);
  first.log = document.querySelector("[name=log]").checked;
  let timer = 0;
  let asked = 0;
  const chart = startChart(figure, first, (view) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const { data } = chart;
      const outside = view.start < data.start - 1;
      const finer = data.lines.some((line) => line.coarse) && view.end - view.start < (data.end - data.start) / 2;
      if (outside || finer || view.end < data.start) load(true);
    }, WAIT_MS);
  });

  // Somewhat more than is seen, so that moving a little needs no asking.
  function times(keep) {
    const { view, follows } = chart;
    if (follows && !keep && Math.abs(view.end - view.start - (first.end - first.start)) < 2) return {};
    const span = view.end - view.start;
    return { start: view.start - span / 2, end: view.end + span / 2 };
  }

  async function load(keep = false) {
    const number = (asked += 1);
    try {
      const response = await fetch(address(times(keep)), { headers: { accept: "application/json" } });
      const answer = await response.json();
      if (number !== asked) return;
      if (!response.ok) {
        said.textContent = answer.detail || answer.title;
        return;
      }
      chart.take(answer.data, { keep });
      fill(document.getElementById("ahead"), answer.outlook);
      if (!keep) {
        fill(table, answer.table);
        fill(document.getElementById("best"), answer.best);
      }
      said.textContent = figure.dataset.updated.replace("{time}", new Date().toLocaleTimeString(document.documentElement.lang));
    } catch {
      if (number === asked) said.textContent = figure.dataset.offline;
    }
  }

  function fill(place, html) {
    const parsed = new DOMParser().parseFromString(html, "text/html");
    place.replaceChildren(...parsed.body.childNodes);
  }

  for (const [name, on] of [["mouseover", true], ["mouseout", false]]) {
    table.addEventListener(name, (event) => {
      const row = event.target.closest("tr[data-key]");
      chart.emphasise(on && row ? row.dataset.key : "");
    });
  }
  document.getElementById("wish").addEventListener("change", (event) => {
    if (event.target.matches("select, [type=checkbox]")) event.currentTarget.requestSubmit();
  });
  for (const name of ["change", "submit"]) {
    outlook.addEventListener(name, (event) => {
      event.preventDefault();
      if (!outlook.reportValidity()) return;
      history.replaceState(null, "", `/?${shown()}`);
      load();
    });
  }
  follow(figure.dataset.events, () => load());
}

// The page on which picks are made. What it holds is in the page already: it goes on without a network.

import { markClashes } from "./clashes.js";
import { startFilters } from "./filters.js";
import { follow } from "./live.js";
import { startPicture } from "./picture.js";
import { loadPicks, savePicks } from "./store.js";

const root = document.getElementById("picker");
const words = root.dataset;
const form = document.getElementById("form");
const make = document.getElementById("make");
const clear = document.getElementById("clear");
const most = Number(words.most);

const slots = [...root.querySelectorAll(".slot")].map((item) => {
  const box = item.querySelector("input");
  return {
    item,
    box,
    warn: item.querySelector(".warn"),
    id: box.value,
    title: item.querySelector(".what").textContent,
    when: item.querySelector(".when").firstChild.textContent,
    start: Number(item.dataset.start),
    end: Number(item.dataset.end),
    minutes: Number(item.dataset.minutes),
    stage: item.dataset.stage,
    kind: item.dataset.kind,
    text: item.dataset.text,
    day: item.closest(".day").dataset.day,
  };
});
const byId = new Map(slots.map((slot) => [slot.id, slot]));

const picked = () => slots.filter((slot) => slot.box.checked);

const filters = startFilters(slots, words);
const picture = startPicture(words, () => picked().map((slot) => slot.id));

function changed() {
  const picks = picked();
  markClashes(slots, picks, words.clash);
  make.textContent = picks.length ? words.make.replace("{count}", picks.length) : words.makeNone;
  make.disabled = picks.length === 0;
  clear.hidden = picks.length === 0;
  filters.apply();
  picture.changed(picks);
}

function restore() {
  const { picks, names } = loadPicks(words.festival);
  const lost = [];
  for (const id of picks) {
    const slot = byId.get(id);
    if (slot) slot.box.checked = true;
    else lost.push(names[id] || id);
  }
  picture.note(lost);
  const address = new URL(location.href);
  if (address.searchParams.has("from")) {
    address.searchParams.delete("from");
    history.replaceState(null, "", address);
  }
}

form.addEventListener("change", (event) => {
  if (event.target.name !== "pick") return;
  if (event.target.checked && picked().length > most) {
    event.target.checked = false;
    picture.say(words.limit, true);
    return;
  }
  savePicks(words.festival, picked());
  changed();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  picture.open();
});
clear.addEventListener("click", () => {
  for (const slot of slots) slot.box.checked = false;
  savePicks(words.festival, []);
  changed();
  picture.say(words.cleared);
  document.getElementById("query").focus();
});
// Two windows of one page hold the same picks.
addEventListener("storage", () => {
  const { picks } = loadPicks(words.festival);
  const chosen = new Set(picks);
  for (const slot of slots) slot.box.checked = chosen.has(slot.id);
  changed();
});

restore();
savePicks(words.festival, picked());
document.getElementById("filters").hidden = false;
changed();
follow(words, picked);

// Giving names to faces over the API, with a key that the person types in. It is kept for this tab alone.

const STORE = "face-key";
const AHEAD = 20; // faces that are asked for at once
const $ = (id) => document.getElementById(id);
const texts = JSON.parse($("inside").dataset.texts);
const say = (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

let queue = []; // faces that wait, the least sure first
let skipped = new Set();
let labels = [];
let left = 0;
let busy = false;

class Refused extends Error {}

async function call(method, path, body) {
  const headers = { accept: "application/json", authorization: `Bearer ${sessionStorage.getItem(STORE)}` };
  if (body) headers["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Error(say("away"));
  }
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => null);
  if (response.status === 401 || response.status === 403) throw new Refused(say("key_wrong"));
  if (!response.ok) throw Object.assign(new Error(answer?.detail || answer?.title || say("away")), { status: response.status });
  return answer;
}

function fault(text) {
  $("fault").textContent = text;
  $("fault").hidden = !text;
}

function failed(error) {
  fault(error.message);
  if (error instanceof Refused) leave();
}

function leave() {
  sessionStorage.removeItem(STORE);
  $("inside").hidden = true;
  $("key").hidden = false;
  $("key").elements.key.focus();
}

const setPath = () => `/v1/unlabelled/${encodeURIComponent($("sets").value)}`;

async function enter() {
  fault("");
  const { items } = await call("GET", "/v1/unlabelled");
  $("key").hidden = true;
  $("inside").hidden = false;
  const chosen = $("sets").value;
  $("sets").replaceChildren(...items.map(({ name, faces }) => new Option(`${name} (${faces})`, name, false, name === chosen)));
  $("none").hidden = items.length > 0;
  $("naming").hidden = !items.length;
  $("sets").parentElement.hidden = !items.length;
  skipped = new Set();
  queue = [];
  $("left").textContent = "";
  if (items.length) await more();
}

async function more() {
  let found = { items: [], left: 0, labels: [] };
  try {
    found = await call("GET", `${setPath()}?limit=${AHEAD + skipped.size}`);
  } catch (error) {
    if (error.status !== 404) throw error; // all of the set has been named
  }
  labels = found.labels;
  left = found.left;
  queue = found.items.filter(({ id }) => !skipped.has(id));
  $("names").replaceChildren(...labels.map(({ name }) => new Option(name)));
  if (!queue.length && skipped.size && left) {
    skipped = new Set();
    return more();
  }
  if (!queue.length) return enter();
  return show();
}

async function show() {
  const [face] = queue;
  $("left").textContent = say("label_left", { count: left });
  $("unknown").hidden = !face.unknown;
  $("guesses").replaceChildren(
    ...face.guesses.map(({ id, name, probability }) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `${name} `;
      const share = document.createElement("span");
      share.className = "share";
      share.textContent = `${(100 * probability).toFixed(probability < 0.1 ? 1 : 0)}%`;
      button.append(share);
      button.addEventListener("click", () => label({ id, name }));
      const item = document.createElement("li");
      item.append(button);
      return item;
    }),
  );
  $("other").reset();
  const bytes = Uint8Array.from(atob(face.picture), (c) => c.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = $("crop");
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
}

// A second press of what is under way does nothing, so that no key names two faces.
async function act(work, said) {
  if (busy || !queue.length) return;
  busy = true;
  fault("");
  try {
    await work(queue[0]);
    queue.shift();
    if (queue.length) await show();
    else await more();
    $("said").textContent = said;
  } catch (error) {
    failed(error);
    if (error.status === 404) await more().catch(failed); // somebody else was first
  } finally {
    busy = false;
  }
}

function label({ id, name }) {
  const path = (crop) => `${setPath()}/${encodeURIComponent(crop)}/label`;
  return act(async (face) => {
    await call("POST", path(face.id), { id, name });
    left -= 1;
  }, say("label_done", { name }));
}

function reject() {
  return act(async (face) => {
    await call("POST", `${setPath()}/${encodeURIComponent(face.id)}/reject`);
    left -= 1;
  }, say("label_rejected"));
}

function skip() {
  return act(async (face) => void skipped.add(face.id), say("label_skipped"));
}

$("key").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(STORE, $("key").elements.key.value.trim());
  $("key").reset();
  enter().catch(failed);
});
$("forget").addEventListener("click", leave);
$("sets").addEventListener("change", () => {
  skipped = new Set();
  more().catch(failed);
});
$("reject").addEventListener("click", reject);
$("skip").addEventListener("click", skip);
$("other").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = $("other").elements.name.value.trim();
  if (!name) return;
  label(labels.find((each) => each.name === name || each.id === name) ?? { id: name, name });
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, select, textarea");
  if (event.key === "Escape" && typing) return event.target.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || $("naming").hidden) return;
  const guesses = queue[0]?.guesses ?? [];
  const number = event.key === "Enter" && !event.target.matches("button, a") ? 1 : Number(event.key);
  if (number >= 1 && number <= guesses.length) label(guesses[number - 1]);
  else if (event.key === "x" || event.key === "Delete") reject();
  else if (event.key === "s" || event.key === "ArrowRight") skip();
  else if (event.key === "n") $("other").elements.name.focus();
  else return;
  event.preventDefault();
});

if (sessionStorage.getItem(STORE)) enter().catch(failed);
else leave();

// Alerts over the API, with a key that the person types in. It is kept for this tab alone, and is in no address.

const AGAIN_MS = 5_000;
const STORE = "spot-key";
const $ = (id) => document.getElementById(id);
const texts = JSON.parse($("inside").dataset.texts);
const locale = document.documentElement.lang;
let timer = 0;

const say = (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const key = () => sessionStorage.getItem(STORE);

function fault(text) {
  $("fault").textContent = text;
  $("fault").hidden = !text;
}

class Refused extends Error {}

async function call(method, path, body) {
  const headers = { accept: "application/json", authorization: `Bearer ${key()}` };
  if (body) headers["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Error(say("offline"));
  }
  if (response.status === 204) return null;
  const answer = await response.json();
  if (response.status === 401) throw new Refused(say("key_wrong"));
  if (response.status === 403) throw new Refused(say("key_weak"));
  if (!response.ok) {
    const faults = (answer.errors ?? []).map((each) => `${each.pointer ?? each.parameter ?? ""} ${each.detail}`.trim());
    throw new Error([answer.detail || answer.title, ...faults].join(" "));
  }
  return answer;
}

// What somebody did: its fault is shown, and the lists are read anew.
async function act(work) {
  fault("");
  try {
    await work();
    await look();
  } catch (error) {
    fault(error.message);
    if (error instanceof Refused) leave();
  }
}

function make(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}

function button(text, label, work) {
  const made = make("button", text, { type: "button", "aria-label": `${text}: ${label}` });
  made.addEventListener("click", () => act(work));
  return made;
}

const time = (text) => new Date(text).toLocaleString(locale, { dateStyle: "medium", timeStyle: "medium" });

function waits(alert) {
  const where = alert.regions.length ? alert.regions.join(", ") : say("everywhere");
  const dollars = alert.threshold == null ? "" : `$${alert.threshold}`;
  return say(`waits_${alert.kind}`, { types: alert.types.join(", "), where, dollars, percent: alert.percent ?? "" });
}

function alertCard(alert) {
  const card = make("li", "", { "data-id": alert.id });
  if (alert.paused) card.classList.add("paused");
  card.append(make("h3", alert.name), make("p", waits(alert)));
  if (alert.webhook) card.append(make("p", alert.webhook, { class: "soft" }));
  const spoken = alert.spoken ? say("spoke", { count: alert.spoken, time: time(alert.spoken_at) }) : say("spoke_never");
  card.append(make("p", alert.paused ? `${say("paused")} ${spoken}` : spoken, { class: "soft spoken" }));
  const tools = make("p", "", { class: "tools" });
  const path = `/v1/alerts/${alert.id}`;
  const turn = alert.paused ? "resume" : "pause";
  tools.append(button(say(turn), alert.name, () => call("PATCH", path, { paused: !alert.paused })));
  if (alert.webhook) tools.append(button(say("test"), alert.name, () => call("POST", `${path}/test`)));
  tools.append(
    button(say("delete"), alert.name, async () => {
      if (confirm(say("delete_sure", { name: alert.name }))) await call("DELETE", path);
    }),
  );
  card.append(tools);
  return card;
}

function sentCard(one, names) {
  const card = make("li", "", { class: one.state });
  const name = names.get(one.alert) ?? one.alert;
  card.append(make("p", `${say(`state_${one.state}`)} · ${name} · ${time(one.created_at)}`));
  const tried = say("tried", { count: one.attempts });
  card.append(make("p", one.reason ? `${tried} ${one.reason}` : tried, { class: "soft" }));
  if (one.state === "dead") {
    card.append(button(say("redeliver"), name, () => call("POST", `/v1/deliveries/${one.id}/redeliver`)));
  }
  return card;
}

// Lists are put in place only where they differ, so that a button keeps its focus.
function put(list, cards) {
  const made = make("ul");
  made.append(...cards);
  if (made.innerHTML !== list.innerHTML) list.replaceChildren(...made.childNodes);
}

async function look() {
  clearTimeout(timer);
  const [alerts, sent] = await Promise.all([call("GET", "/v1/alerts"), call("GET", "/v1/deliveries?limit=20")]);
  const names = new Map(alerts.items.map((alert) => [alert.id, alert.name]));
  put($("list"), alerts.items.map(alertCard));
  put($("sent"), sent.items.map((one) => sentCard(one, names)));
  $("none").hidden = alerts.items.length > 0;
  $("nothing-sent").hidden = sent.items.length > 0;
  $("inside").hidden = false;
  $("key").hidden = true;
  timer = setTimeout(() => look().catch((error) => fault(error.message)), AGAIN_MS);
}

function leave() {
  clearTimeout(timer);
  sessionStorage.removeItem(STORE);
  $("inside").hidden = true;
  $("key").hidden = false;
  $("key").elements.key.value = "";
  $("key").elements.key.focus();
}

$("key").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(STORE, $("key").elements.key.value.trim());
  act(async () => {});
});
$("forget").addEventListener("click", leave);

function fields() {
  const kind = $("new").elements.kind.value;
  for (const label of $("new").querySelectorAll("[data-for]")) {
    label.hidden = !label.dataset.for.split(" ").includes(kind);
    label.querySelector("input").required = !label.hidden;
  }
}
$("new").elements.kind.addEventListener("change", fields);
fields();

$("new").addEventListener("submit", (event) => {
  event.preventDefault();
  const said = $("new").elements;
  const words = (name) => said[name].value.split(/[\s,;、]+/).filter(Boolean);
  const body = { name: said.name.value, kind: said.kind.value, types: words("types"), regions: words("regions") };
  for (const name of ["threshold", "percent"]) {
    if (!said[name].closest("label").hidden) body[name] = said[name].valueAsNumber;
  }
  if (said.webhook.value) body.webhook = said.webhook.value;
  act(async () => {
    const made = await call("POST", "/v1/alerts", body);
    $("secret").hidden = !made.webhook;
    $("secret-text").textContent = made.secret;
    $("said").textContent = say("made", { name: made.name });
    $("new").reset();
    fields();
  });
});

if (key()) act(async () => {});
else leave();

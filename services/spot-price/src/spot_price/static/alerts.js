// Alerts over the API, with a key that the person types in. It is kept for this tab alone, and is in no address.

const AGAIN_MS = 5_000;
const STORE = "spot-key";
const LAST = 20; // messages that are listed whatever became of them
const LAST_DEAD = 100; // and of those that were given up
const LINUX = "Linux/UNIX";
const $ = (id) => document.getElementById(id);
const texts = JSON.parse($("inside").dataset.texts);
const locale = document.documentElement.lang;
let timer = 0;
let looks = 0;
let lost = false; // whether the fault that is shown is one of looking, over when a look succeeds
let busy = false;

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
    throw new Error(say(method === "GET" ? "offline" : "unsent"));
  }
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => null); // a proxy in between answers with a page
  if (response.status === 401) throw new Refused(say("key_wrong"));
  if (response.status === 403) throw new Refused(say("key_weak"));
  if (!answer) throw new Error(say("no_answer", { status: response.status }));
  if (!response.ok) {
    const faults = (answer.errors ?? []).map((each) => `${each.pointer ?? each.parameter ?? ""} ${each.detail}`.trim());
    throw new Error([answer.detail || answer.title, ...faults].join(" "));
  }
  return answer;
}

function failed(error) {
  fault(error.message);
  if (error instanceof Refused) leave();
}

// What somebody did: it is said, or what was wrong, and the lists are read anew. A second press of what is under way
// does nothing, so that a double click makes one alert. Work gives what is to be said, or nothing.
async function act(work) {
  if (busy) return;
  busy = true;
  lost = false;
  fault("");
  $("said").textContent = "";
  try {
    $("said").textContent = (await work()) ?? "";
    await look();
  } catch (error) {
    failed(error);
  } finally {
    busy = false;
  }
}

// A look that fails is not the last.
async function follow() {
  try {
    await look();
    if (lost) fault("");
    lost = false;
  } catch (error) {
    lost = true;
    failed(error);
  }
}

function make(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}

// The slot says which button takes the focus over when its list is written anew.
function button(text, label, slot, work) {
  const made = make("button", text, { type: "button", "aria-label": `${text}: ${label}`, "data-slot": slot });
  made.addEventListener("click", () => act(work));
  return made;
}

const time = (text) => new Date(text).toLocaleString(locale, { dateStyle: "medium", timeStyle: "medium" });

function waits(alert) {
  const where = [...alert.regions, ...alert.zones].join(", ") || say("everywhere");
  const products = alert.products.join(", ");
  const types = alert.types.join(", ") + (products === LINUX ? "" : ` (${products})`);
  const dollars = alert.threshold == null ? "" : `$${alert.threshold}`;
  return say(`waits_${alert.kind}`, { types, where, dollars, percent: alert.percent ?? "" });
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
  const { name, id } = alert;
  tools.append(
    button(say(turn), name, `${id} turn`, async () => {
      await call("PATCH", path, { paused: !alert.paused });
      return say(`${turn}_done`, { name });
    }),
  );
  if (alert.webhook) {
    tools.append(
      button(say("test"), name, `${id} test`, async () => {
        await call("POST", `${path}/test`);
        return say("test_done", { name });
      }),
    );
  }
  tools.append(
    button(say("delete"), name, `${id} delete`, async () => {
      if (!confirm(say("delete_sure", { name }))) return "";
      await call("DELETE", path);
      return say("delete_done", { name });
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
    card.append(
      button(say("redeliver"), name, `${one.id} redeliver`, async () => {
        await call("POST", `/v1/deliveries/${one.id}/redeliver`);
        return say("redeliver_done", { name });
      }),
    );
  }
  return card;
}

// Lists are put in place only where they differ; the button of the same slot has the focus then, or else their title.
function put(list, cards) {
  const made = make("ul");
  made.append(...cards);
  if (made.innerHTML === list.innerHTML) return;
  const slot = list.contains(document.activeElement) ? document.activeElement.dataset.slot : null;
  list.replaceChildren(...made.childNodes);
  if (slot) (list.querySelector(`[data-slot="${slot}"]`) ?? list.closest("section").querySelector("h2")).focus();
}

async function look() {
  const turn = ++looks;
  clearTimeout(timer);
  let answers;
  try {
    answers = await Promise.all([
      call("GET", "/v1/alerts"),
      call("GET", `/v1/deliveries?limit=${LAST}`),
      call("GET", `/v1/deliveries?state=dead&limit=${LAST_DEAD}`),
    ]);
  } finally {
    if (turn === looks) timer = setTimeout(follow, AGAIN_MS);
  }
  if (turn !== looks) return; // another look began meanwhile, or the key was forgotten
  const [alerts, last, dead] = answers;
  const sent = [...new Map([...last.items, ...dead.items].map((one) => [one.id, one])).values()];
  const names = new Map(alerts.items.map((alert) => [alert.id, alert.name]));
  put($("list"), alerts.items.map(alertCard));
  put($("sent"), sent.map((one) => sentCard(one, names)));
  $("none").hidden = alerts.items.length > 0;
  $("nothing-sent").hidden = sent.length > 0;
  $("inside").hidden = false;
  $("key").hidden = true;
}

// Nothing that took the key to see stays on the page.
function leave() {
  looks++;
  clearTimeout(timer);
  sessionStorage.removeItem(STORE);
  for (const id of ["list", "sent", "said", "secret-text"]) $(id).replaceChildren();
  $("secret").hidden = true;
  $("new").reset();
  fields();
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
$("forget").addEventListener("click", () => {
  fault("");
  leave();
});

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
  body.products = [said.product.value];
  for (const name of ["threshold", "percent"]) {
    if (!said[name].closest("label").hidden) body[name] = said[name].valueAsNumber;
  }
  if (said.webhook.value) body.webhook = said.webhook.value;
  act(async () => {
    const made = await call("POST", "/v1/alerts", body);
    $("secret").hidden = !made.webhook;
    $("secret-text").textContent = made.secret;
    $("new").reset();
    fields();
    return say("made", { name: made.name });
  });
});

if (key()) act(async () => {});
else leave();

// Sends photos as soon as they are chosen, taken, dropped or pasted, and shows what was found over them.
// Without it the form is sent as any other, and the boxes stand on an empty sheet.

const LONGEST = 1600; // pixels of a photo on the page
const form = document.getElementById("choose");
const files = document.getElementById("files");
const camera = document.getElementById("camera");
const drawn = document.getElementById("drawn");
const said = document.getElementById("said");
const found = document.getElementById("found");
const pictures = document.getElementById("pictures");
const drop = document.getElementById("drop");
const button = form.querySelector("button");
let asked = 0;

if (matchMedia("(pointer: coarse)").matches) camera.closest("label").hidden = false;

function say(text, bad = false) {
  said.textContent = text;
  said.classList.toggle("bad", bad);
}

async function ask(chosen, request) {
  const mine = ++asked;
  button.disabled = true;
  say(form.dataset.looking);
  try {
    const answer = await request();
    if (mine !== asked) return;
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(body.detail || body.title || `${answer.status}`);
    pictures.innerHTML = body.html;
    found.hidden = false;
    say("");
    await Promise.all(chosen.map((file, place) => paint(pictures.children[place], file)));
    document.getElementById("found-title").focus({ preventScroll: true });
    found.scrollIntoView({ block: "nearest" });
  } catch (error) {
    if (mine === asked) {
      const detail = error instanceof TypeError ? form.dataset.away : error.message;
      say(form.dataset.failed.replace("{detail}", detail), true);
    }
  } finally {
    if (mine === asked) button.disabled = false;
  }
}

function send(chosen) {
  if (!chosen.length) return say(form.dataset.noChoice, true);
  const body = new FormData();
  for (const file of chosen) body.append("picture", file, file.name || "photo");
  return ask(chosen, () => fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } }));
}

async function paint(figure, file) {
  const frame = figure?.querySelector(".frame");
  if (!frame) return;
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return; // a format that the browser does not read: the boxes stay on their sheet
  }
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  frame.prepend(canvas);
}

function light(event, on) {
  const at = event.target.closest("[data-face]");
  if (!at) return;
  const figure = at.closest(".picture");
  for (const one of figure.querySelectorAll(`[data-face="${at.dataset.face}"]`)) one.classList.toggle("lit", on);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send([...files.files]);
});
files.addEventListener("change", () => files.files.length && send([...files.files]));
camera.addEventListener("change", () => camera.files.length && send([...camera.files]));
drawn?.addEventListener("click", (event) => {
  event.preventDefault();
  ask([], () => fetch(drawn.href, { headers: { Accept: "application/json" }, cache: "no-store" }));
});
for (const [name, on] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]]) {
  pictures.addEventListener(name, (event) => light(event, on));
}

const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
document.addEventListener("dragover", (event) => {
  if (!carries(event)) return;
  event.preventDefault();
  drop.hidden = false;
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) drop.hidden = true;
});
document.addEventListener("drop", (event) => {
  drop.hidden = true;
  if (!carries(event)) return;
  event.preventDefault();
  send([...event.dataTransfer.files]);
});
document.addEventListener("paste", (event) => {
  const pasted = [...(event.clipboardData?.files ?? [])];
  if (pasted.length) send(pasted);
});

// Chips, times and the search box hide what does not fit. Within a group any chip may fit, between groups all must.

// Case, width, and hiragana or katakana make no difference: the server folds the list in the same way.
export function fold(text) {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\u30a1-\u30f6]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x60))
    .replace(/\u301c/g, "~")
    .replace(/[\ufe00-\ufe0f\u200b-\u200d\u2060\ufeff\s]+/g, "");
}

export function startFilters(slots, words) {
  const query = document.getElementById("query");
  const from = document.getElementById("from");
  const until = document.getElementById("until");
  const mine = document.getElementById("mine");
  const found = document.getElementById("found");
  const nothing = document.getElementById("nothing");
  const active = document.getElementById("active");
  const chips = [...document.querySelectorAll(".chip[data-filter]")];
  const days = [...document.querySelectorAll(".day")];

  function chosen(filter) {
    const pressed = chips.filter((chip) => chip.dataset.filter === filter && chip.getAttribute("aria-pressed") === "true");
    return new Set(pressed.map((chip) => chip.dataset.value));
  }

  function apply() {
    const [day, stage, kind] = ["day", "stage", "kind"].map(chosen);
    const wanted = fold(query.value);
    const earliest = from.value === "" ? -Infinity : Number(from.value);
    const latest = until.value === "" ? Infinity : Number(until.value);
    let count = 0;
    const filled = new Set();
    for (const slot of slots) {
      const shown =
        (!day.size || day.has(slot.day)) &&
        (!stage.size || stage.has(slot.stage)) &&
        (!kind.size || kind.has(slot.kind)) &&
        slot.minutes >= earliest &&
        slot.minutes < latest &&
        (!mine.checked || slot.box.checked) &&
        (!wanted || slot.text.includes(wanted));
      slot.item.hidden = !shown;
      if (shown) {
        count += 1;
        filled.add(slot.day);
      }
    }
    for (const section of days) section.hidden = !filled.has(section.dataset.day);
    found.textContent = words.found.replace("{count}", count);
    nothing.hidden = count > 0;
    const others = stage.size + kind.size + (from.value !== "") + (until.value !== "");
    active.hidden = others === 0;
    active.textContent = others;
  }

  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      apply();
    });
  }
  query.addEventListener("input", apply);
  query.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault(); // it filters as one types; the form makes pictures
  });
  for (const control of [from, until, mine]) control.addEventListener("change", apply);
  document.getElementById("reset").addEventListener("click", () => {
    for (const chip of chips) chip.setAttribute("aria-pressed", "false");
    query.value = from.value = until.value = "";
    mine.checked = false;
    apply();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      query.focus();
    }
  });
  return { apply };
}

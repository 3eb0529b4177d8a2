// Tells of a new timetable as soon as there is one, and whether it touches the picks.

export function follow(words, picked) {
  if (!("EventSource" in window)) return;
  const banner = document.getElementById("banner");
  const text = document.getElementById("banner-text");
  const place = `/v1/festivals/${encodeURIComponent(words.festival)}`;
  const said = text.textContent;
  document.getElementById("reload").addEventListener("click", () => location.reload());

  // Several versions may have come at once: what each changed is looked at.
  async function touchedBy(version) {
    const ids = new Set();
    for (let number = Number(words.version) + 1; number <= version; number += 1) {
      const response = await fetch(`${place}/versions/${number}/diff`);
      if (!response.ok) continue;
      const diff = await response.json();
      for (const slot of diff.removed) ids.add(slot.id);
      for (const change of [...diff.moved, ...diff.changed]) ids.add(change.before.id);
    }
    return picked().filter((slot) => ids.has(slot.id));
  }

  const events = new EventSource(`${place}/events?since=${words.version}`);
  events.addEventListener("update", async (event) => {
    const { version } = JSON.parse(event.data);
    if (version === Number(words.version)) return;
    banner.hidden = false;
    try {
      const touched = await touchedBy(version);
      text.textContent = touched.length ? `${words.touched} ${touched.map((slot) => slot.title).join(", ")}` : said;
    } catch {
      text.textContent = said; // the network went away in between: that there is something new still holds
    }
  });
  addEventListener("pagehide", () => events.close());
}

// Picks live in this browser: ids, and what they were called, to say what is gone when a timetable changes.

const key = (festival) => `genba-timetable:${festival}`;

export function loadPicks(festival) {
  try {
    const kept = JSON.parse(localStorage.getItem(key(festival)) || "{}");
    const names = kept && typeof kept.picks === "object" && kept.picks ? kept.picks : {};
    return { picks: Object.keys(names), names };
  } catch {
    return { picks: [], names: {} }; // storage that is forbidden or broken: begin with nothing
  }
}

export function savePicks(festival, slots) {
  const picks = Object.fromEntries(slots.map((slot) => [slot.id, `${slot.when} ${slot.title}`]));
  try {
    localStorage.setItem(key(festival), JSON.stringify({ picks }));
  } catch {
    // Forbidden or full: the picks hold while the page is open.
  }
}

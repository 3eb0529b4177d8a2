// Which picks overlap, said beside each while picking. Touching ends is no clash. The picture's own are made by the server.

export function markClashes(slots, picks, words) {
  const said = new Map();
  const inOrder = [...picks].sort((one, other) => one.start - other.start);
  for (let first = 0; first < inOrder.length; first += 1) {
    for (let second = first + 1; second < inOrder.length && inOrder[second].start < inOrder[first].end; second += 1) {
      const [one, other] = [inOrder[first], inOrder[second]];
      const minutes = Math.min(one.end, other.end) - other.start;
      for (const [mine, its] of [[one, other], [other, one]]) {
        const text = words.replace("{name}", its.title).replace("{minutes}", minutes);
        said.set(mine.id, [...(said.get(mine.id) || []), text]);
      }
    }
  }
  for (const slot of slots) {
    const texts = said.get(slot.id);
    slot.warn.hidden = !texts;
    slot.warn.textContent = texts ? texts.join(" / ") : "";
  }
}

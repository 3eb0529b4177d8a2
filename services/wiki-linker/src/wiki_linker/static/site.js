// What the pages can do without this file they do; this adds two things.

// Times are said in UTC; here as the time that has passed, with the reader's own clock time as the title.
const units = [["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const lang = document.documentElement.lang;
const relative = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  const seconds = Math.min(0, (at - Date.now()) / 1000);
  const [unit, length] = units.find((one) => -seconds >= one[1]) || ["second", 1];
  time.title = at.toLocaleString(lang, { dateStyle: "long", timeStyle: "short" });
  time.textContent = relative.format(Math.ceil(seconds / length), unit);
}

// The slash goes to the search box, as in many places.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    document.querySelector(".find input").focus();
  }
});

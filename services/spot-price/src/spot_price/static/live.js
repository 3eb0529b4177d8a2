// Tells when there are new prices: by the stream of changes where there is one, by the clock in any case.

const POLL_MS = 10_000;
const SETTLE_MS = 2_000; // changes come in swarms: one look for each

export function follow(address, look) {
  let last = Date.now();
  let timer = 0;
  const now = () => {
    last = Date.now();
    clearTimeout(timer);
    timer = 0;
    if (!document.hidden) look();
  };
  const soon = () => {
    if (!timer) timer = setTimeout(now, SETTLE_MS);
  };
  setInterval(() => {
    if (!document.hidden && Date.now() - last >= POLL_MS) now();
  }, 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - last >= POLL_MS) now();
  });
  addEventListener("online", now);
  if (!address || !("EventSource" in window)) return;
  const events = new EventSource(address);
  for (const name of ["message", "price", "change"]) events.addEventListener(name, soon);
  addEventListener("pagehide", () => events.close());
}

// The picture of the picks: a preview that follows them, and ways to keep it and to pass it on.

const WAIT_MS = 350; // after the last change: ticking five boxes in a row asks for one picture

export function startPicture(words, picks) {
  const element = (id) => document.getElementById(id);
  const [result, status, preview, image, notes] = ["result", "status", "preview", "image", "notes"].map(element);
  const [layout, scale, screen, day, theme, lock, qr] = ["layout", "scale", "screen", "day", "theme", "lock", "qr"].map(element);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const wide = matchMedia("(min-width: 60rem)");
  let timer = 0;
  let wanted = "";

  function say(text, bad = false) {
    status.textContent = text;
    status.classList.toggle("bad", bad);
  }

  function query() {
    const values = new URLSearchParams(picks().map((id) => ["pick", id]));
    values.set("format", "png");
    values.set("layout", layout.value);
    values.set("theme", theme.value || (dark.matches ? "dark" : "light"));
    values.set("language", document.documentElement.lang);
    if (layout.value === "agenda" || layout.value === "grid") values.set("scale", scale.value);
    if (layout.value === "day") {
      const [width, height] = screen.value.split("x");
      values.set("width", width);
      values.set("height", height);
      if (lock.checked) {
        // What a lock screen's clock and buttons cover, of a phone's usual screen.
        values.set("inset_top", Math.round(height * 0.3));
        values.set("inset_bottom", Math.round(height * 0.1));
      }
    }
    if (layout.value !== "agenda") values.set("day", day.value);
    if (qr.checked) values.set("qr", "true");
    return values;
  }

  const address = (suffix, values) => `/v1/festivals/${encodeURIComponent(words.festival)}/${suffix}?${values}`;

  function draw() {
    clearTimeout(timer);
    for (const label of result.querySelectorAll("[data-for]")) {
      label.hidden = !label.dataset.for.split(" ").includes(layout.value);
    }
    const chosen = picks();
    const download = element("download");
    if (chosen.length === 0) {
      wanted = "";
      image.hidden = true;
      preview.setAttribute("aria-busy", "false");
      download.removeAttribute("href");
      download.setAttribute("aria-disabled", "true");
      return;
    }
    const values = query();
    const only = new URLSearchParams(chosen.map((id) => ["pick", id]));
    const url = address("picture", values);
    download.href = url;
    download.removeAttribute("aria-disabled");
    element("ics").href = address("calendar.ics", only);
    values.set("format", "pdf");
    element("pdf").href = address("picture", values);
    only.set("language", document.documentElement.lang);
    element("text").href = address("text", only);
    if (url === wanted) return;
    wanted = url;
    preview.setAttribute("aria-busy", "true");
    say(words.making);
    image.src = url;
  }

  image.addEventListener("load", () => {
    preview.setAttribute("aria-busy", "false");
    image.hidden = false;
    say(words.made.replace("{width}", image.naturalWidth).replace("{height}", image.naturalHeight));
  });
  image.addEventListener("error", async () => {
    const failed = wanted;
    if (!failed) return;
    preview.setAttribute("aria-busy", "false");
    wanted = "";
    try {
      const response = await fetch(failed);
      const problem = await response.json();
      say(`${words.failed} ${problem.detail || problem.title || ""}`, true);
    } catch {
      say(words.offline, true);
    }
  });
  addEventListener("online", () => {
    if (!result.hidden) draw();
  });
  dark.addEventListener("change", () => {
    if (!result.hidden) draw();
  });
  for (const control of [layout, scale, screen, day, theme, lock, qr]) control.addEventListener("change", draw);

  async function keptLink() {
    const response = await fetch("/v1/shares", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ festival: words.festival, picks: picks() }),
    });
    if (!response.ok) throw new Error((await response.json()).detail || response.statusText);
    const share = await response.json();
    return new URL(`/t/${share.key}`, location.href).href;
  }

  // Where a browser has no sharing of its own, the link is copied; where it may not copy either, it is shown.
  async function pass(url) {
    try {
      await navigator.clipboard.writeText(url);
      say(`${words.copied} ${url}`);
    } catch {
      say(url);
    }
  }

  const telling = (action) => async () => {
    if (picks().length === 0) return;
    try {
      await action();
    } catch (error) {
      if (error.name === "AbortError") return; // closed by whoever opened it
      say(error instanceof TypeError ? words.offline : `${words.failed} ${error.message}`, true);
    }
  };

  element("copy").addEventListener("click", telling(async () => pass(await keptLink())));
  element("share").addEventListener(
    "click",
    telling(async () => {
      const url = await keptLink();
      if (!navigator.share) return pass(url);
      const blob = await (await fetch(element("download").href)).blob();
      const files = [new File([blob], "timetable.png", { type: "image/png" })];
      const both = { files, url, title: document.title };
      return navigator.share(navigator.canShare && navigator.canShare(both) ? both : { url, title: document.title });
    }),
  );

  return {
    say,
    note(lost) {
      notes.replaceChildren(
        ...lost.map((name) => Object.assign(document.createElement("li"), { textContent: `${words.lost} ${name}` })),
      );
      if (lost.length) result.hidden = false;
    },
    changed(chosen) {
      if (chosen.length && wide.matches) result.hidden = false;
      if (result.hidden) return;
      clearTimeout(timer);
      timer = setTimeout(draw, WAIT_MS);
    },
    open() {
      result.hidden = false;
      draw();
      result.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
      result.focus({ preventScroll: true });
    },
  };
}

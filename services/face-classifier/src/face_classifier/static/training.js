// How far the training is that makes the first model; when it answers, the page is asked for anew.

const banner = document.getElementById("training");
const bar = banner.querySelector("progress");
const said = document.getElementById("training-said");
const files = document.getElementById("files");

const look = async () => {
  let found;
  try {
    const answer = await fetch("/training", { headers: { Accept: "application/json" } });
    found = await answer.json();
  } catch {
    return; // the service is away: asked again in two seconds
  }
  if (found.answers) {
    clearInterval(timer);
    if (!files.files.length) location.reload(); // what somebody has chosen stays chosen
    return;
  }
  said.textContent = found.said;
  if (found.steps) {
    bar.max = found.steps;
    bar.value = found.step;
  }
};

const timer = setInterval(look, 2000);

// The stage: keeps what is known beside the phone fresh, plays scenes, counts down to a push.

const stage = document.getElementById("stage");
const at = (id) => document.getElementById(id);
const { known: knownAt, play: playAt, act: actAt, phone } = stage.dataset;
const token = () => stage.querySelector('input[name="csrf_token"]').value;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const EVERY_MS = 900;
const MOST_TRIES = 40;
let person = stage.dataset.person;
let seen = null;
let drawn = "";

// What is known

async function look() {
  const wanted = person;
  const answer = await fetch(`${knownAt}?person=${encodeURIComponent(wanted)}`, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (isLeaving()) return undefined;
  if (answer?.status === 401) return location.reload();
  if (!answer?.ok || wanted !== person) return undefined;
  const html = await answer.text();
  const plain = html.replace(/name="csrf_token" value="[^"]*"/g, "");
  if (plain !== drawn) draw(html, plain);
  return undefined;
}

function draw(html, plain) {
  drawn = plain;
  const box = at("stage-known");
  if (box.contains(document.activeElement) && box.querySelector(".htmx-request")) return;
  const focused = document.activeElement?.getAttribute?.("href");
  box.innerHTML = html; // safe: a template of the server, which escapes
  box.removeAttribute("aria-busy");
  const now = new Set([...box.querySelectorAll("[data-new]")].map((one) => one.dataset.new));
  if (seen !== null) {
    for (const one of box.querySelectorAll("[data-new]")) if (!seen.has(one.dataset.new)) one.classList.add("is-new");
  }
  seen = now;
  globalThis.htmx?.process(box);
  if (focused) box.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
  count();
}

function count() {
  for (const timer of document.querySelectorAll(".stage-countdown")) {
    const left = Math.max(0, Math.round((new Date(timer.dataset.until) - Date.now()) / 1000));
    timer.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  }
}

async function keepLooking() {
  for (;;) {
    if (!document.hidden && !isLeaving()) await look();
    await wait(EVERY_MS);
  }
}
setInterval(count, 250);

// Whose phone

function show(userId, name) {
  person = userId;
  seen = null;
  drawn = "";
  const select = at("stage-person");
  if (![...select.options].some((option) => option.value === userId)) select.add(new Option(name, userId));
  select.value = userId;
  at("stage-frame").src = `${phone}/?alone=1#${userId}`;
  history.replaceState(null, "", `?person=${encodeURIComponent(userId)}`);
  look();
}
at("stage-person").addEventListener("change", (event) => show(event.target.value, ""));

// Scenes

const scene = { key: "", person: "", next: 0, acts: 0, paused: false, running: false, wake: () => {}, hold: () => {} };

async function post(address, values) {
  const answer = await fetch(address, { method: "POST", body: new URLSearchParams({ csrf_token: token(), ...values }) });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function tell(words) { at("play-status").textContent = words; }

function showProgress() {
  const bar = at("play-progress");
  bar.hidden = !scene.running;
  bar.setAttribute("aria-valuenow", String(scene.acts ? scene.next / scene.acts : 0));
  bar.firstElementChild.style.setProperty("width", `${scene.acts ? (100 * scene.next) / scene.acts : 0}%`);
  for (const id of ["play-pause", "play-step"]) at(id).hidden = !scene.running;
  at("play-start").disabled = scene.running;
  at("play-pause").setAttribute("aria-pressed", String(scene.paused));
}

async function actOnce() {
  tell(stage.dataset.wordsPlays);
  const { done } = await post(actAt, { person: scene.person, scene: scene.key, number: scene.next });
  // The bot may not have answered yet: what is to be tapped is not there.
  if (!done) return false;
  scene.next += 1;
  showProgress();
  await look();
  return true;
}

/** Wait as long as somebody takes to read, or until a step is asked for. */
function read(ms) {
  return new Promise((resolve) => {
    const timer = scene.paused ? null : setTimeout(resolve, ms);
    scene.wake = () => { clearTimeout(timer); resolve(); };
    scene.hold = () => clearTimeout(timer);
  });
}

async function play() {
  scene.running = true;
  showProgress();
  let tries = 0;
  while (scene.next < scene.acts) {
    await read(scene.next === 0 ? 700 : 2200);
    const done = await actOnce().catch(() => false);
    tries = done ? 0 : tries + 1;
    if (tries > MOST_TRIES) { tell(stage.dataset.wordsFailed); break; }
  }
  scene.running = false;
  if (scene.next >= scene.acts) tell(stage.dataset.wordsDone);
  showProgress();
}

at("stage-play").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (scene.running) return;
  const option = at("stage-scene").selectedOptions[0];
  if (!option) return;
  Object.assign(scene, { key: option.value, next: 0, acts: Number(option.dataset.acts), paused: false, running: true });
  showProgress();
  try {
    const somebody = await post(playAt, { scene: scene.key });
    scene.person = somebody.person;
    show(somebody.person, somebody.name);
    await play();
  } catch {
    scene.running = false;
    tell(stage.dataset.wordsFailed);
    showProgress();
  }
});
at("play-pause").addEventListener("click", () => {
  scene.paused = !scene.paused;
  showProgress();
  if (scene.paused) scene.hold();
  else scene.wake();
});
at("play-step").addEventListener("click", () => {
  scene.paused = true;
  showProgress();
  scene.wake();
});

keepLooking();

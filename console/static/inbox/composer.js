// Writing: Enter sends, Shift+Enter breaks the line, and while an input method is composing Enter belongs to it.

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";
const draftKey = (box) => `draft:${meta("me")}:${box.dataset.draft}`;

/** Bind what is written below a conversation; `sent()` is called when something was accepted. */
export function bindComposer(inbox, sent, signIn) {
  document.addEventListener("keydown", (event) => {
    const box = event.target.closest?.("[data-write] textarea");
    if (!box || event.key !== "Enter" || event.shiftKey) return;
    // Chromium says isComposing; Safari ends the composition first and says 229.
    if (event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    box.form.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.("[data-write]");
    if (!form) return;
    event.preventDefault();
    send(inbox, form, sent, signIn);
  });
  document.addEventListener("click", (event) => {
    const mode = event.target.closest?.("[data-mode]");
    if (mode) choose(mode.dataset.mode);
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-write] textarea")) grow(event.target);
  });
}

/** Put back what was typed, and make the boxes as high as their text. */
export function openComposer() {
  for (const box of document.querySelectorAll("[data-write] textarea")) {
    if (box.value === "") box.value = sessionStorage.getItem(draftKey(box)) ?? "";
    grow(box);
  }
}

/** Show one of the two boxes. */
export function choose(wanted) {
  for (const form of document.querySelectorAll("[data-write]")) form.hidden = form.dataset.write !== wanted;
  for (const mode of document.querySelectorAll("[data-mode]")) {
    mode.setAttribute("aria-pressed", String(mode.dataset.mode === wanted));
  }
  document.querySelector(`[data-write="${wanted}"] textarea`)?.focus();
}

export function chosen() {
  return document.querySelector("[data-mode][aria-pressed=true]")?.dataset.mode ?? "answer";
}

const MOST_ROWS = 9;

function grow(box) {
  box.rows = 1;
  while (box.scrollHeight > box.clientHeight && box.rows < MOST_ROWS) box.rows += 1;
}

async function send(inbox, form, sent, signIn) {
  const box = form.querySelector("textarea");
  const words = box.value;
  if (!words.trim()) return;
  const data = new FormData(form);
  // Names this answer, so that one that is sent twice arrives once.
  data.set("answer_id", [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
  const key = draftKey(box);
  box.value = "";
  grow(box);
  box.focus();
  const outcome = await post(form.action, data);
  const now = currentBox(form) ?? box;
  if (outcome.ok) {
    if (now.value) sessionStorage.setItem(key, now.value);
    else sessionStorage.removeItem(key);
    sent();
    return;
  }
  // What was typed meanwhile stands below what was not sent.
  now.value = now.value ? `${words}\n${now.value}` : words;
  sessionStorage.setItem(key, now.value);
  grow(now);
  if (outcome.status === 401) {
    signIn();
    return;
  }
  notice(outcome.html, inbox.dataset.wordsUnsent);
  sent();
}

function currentBox(form) {
  return document.querySelector(`[data-write="${form.dataset.write}"][action="${form.getAttribute("action")}"] textarea`);
}

async function post(url, data) {
  try {
    const response = await fetch(url, {
      method: "POST",
      body: data,
      credentials: "same-origin",
      headers: { "HX-Request": "true", "X-CSRFToken": meta("csrf-token") },
    });
    return { ok: response.ok, status: response.status, html: response.ok ? "" : await response.text() };
  } catch {
    return { ok: false, status: 0, html: "" };
  }
}

/** Put what the server says into the page. */
function notice(html, otherwise) {
  const holder = document.getElementById("notices");
  if (html) {
    holder.insertAdjacentHTML("beforeend", html);
    return;
  }
  const said = document.createElement("div");
  said.className = "alert alert-danger";
  said.setAttribute("role", "alert");
  said.textContent = otherwise;
  holder.append(said);
  setTimeout(() => said.remove(), 8000);
}

// Writing: Enter sends, Shift+Enter breaks the line, and while an input method is composing Enter belongs to it.

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";
const draftKey = (box) => `draft:${meta("me")}:${box.dataset.draft}`;

/** Bind what is written below a conversation; `sent()` is called when something was accepted. */
export function bindComposer(inbox, sent) {
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
    send(inbox, form, sent);
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

function grow(box) {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 2, 220)}px`;
}

async function send(inbox, form, sent) {
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
  notice(outcome.status === 401 ? "dialogs" : "notices", outcome.html, inbox.dataset.wordsUnsent);
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

/** Put what the server says into the page: a notice, or the dialog to sign in again. */
function notice(place, html, otherwise) {
  const holder = document.getElementById(place);
  if (!holder) return;
  if (html) {
    if (place === "dialogs") holder.innerHTML = html;
    else holder.insertAdjacentHTML("beforeend", html);
  } else {
    const said = document.createElement("div");
    said.className = "alert alert-danger";
    said.setAttribute("role", "alert");
    said.dataset.notice = "";
    said.textContent = otherwise;
    holder.append(said);
    setTimeout(() => said.remove(), 8000);
  }
  window.htmx?.process(holder);
  for (const dialog of holder.querySelectorAll("dialog[data-open]")) if (!dialog.open) dialog.showModal();
}

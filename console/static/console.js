// What every page of the console can do. Behaviour is bound by data attributes:
//   data-menu         a <details> that closes when somebody clicks elsewhere or presses Escape
//   data-dismiss      a button that removes the notice around it
//   data-open         a <dialog> that opens as soon as it is put into the page
//   data-close        a button that closes the dialog around it
//   data-draft="KEY"  a textarea whose text is kept in this tab until its form was accepted
//   data-keep="URL"   a form whose words live in this page only: it is sent while somebody is signed in, as the
//                     answer at URL tells, and after signing in over it the page stays as it is
//   data-confirm      a form that asks before it is sent
//   data-submit       a select or checkbox that sends its form when it changes
"use strict";

const metaOf = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";

// ---- requests -----------------------------------------------------------------------------------

document.addEventListener("htmx:config:request", (event) => {
  const request = event.detail.ctx.request;
  if (!["GET", "HEAD"].includes(String(request.method).toUpperCase())) {
    request.headers["X-CSRFToken"] = metaOf("csrf-token");
  }
});

// ---- leaving --------------------------------------------------------------------------------------
// A page that another is about to replace asks for nothing more by itself: whoever looks as somebody else has
// their cookie before their page, and what this one asked in between would be refused. Event: `leaving`.

const LEFT_WITHIN_MS = 10000; // then it seems to have stayed
let leavesUntil = -Infinity;
const isLeaving = () => performance.now() < leavesUntil;

window.addEventListener("beforeunload", () => {
  leavesUntil = performance.now() + LEFT_WITHIN_MS;
  document.dispatchEvent(new CustomEvent("leaving"));
});
document.addEventListener("htmx:before:request", (event) => {
  if (isLeaving() && !event.detail.ctx.sourceEvent?.isTrusted) event.preventDefault();
});
window.addEventListener("pageshow", () => { leavesUntil = -Infinity; }); // back again, as it was left

// ---- menus, notices, dialogs ----------------------------------------------------------------------

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  event.target.closest("[data-dismiss]")?.closest("[data-notice]")?.remove();
  event.target.closest("[data-close]")?.closest("dialog")?.close();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
});

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
}, true);

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form?.requestSubmit();
});

// ---- drafts ---------------------------------------------------------------------------------------
// Kept per tab and per person, so that neither a reload nor an ended session loses what was typed.

const draftKey = (element) => `draft:${metaOf("me")}:${element.dataset.draft}`;

function restoreDrafts(root) {
  for (const element of root.querySelectorAll("textarea[data-draft]")) {
    const kept = sessionStorage.getItem(draftKey(element));
    if (kept !== null && element.value === "") {
      element.value = kept;
      element.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
}

function forgetForeignDrafts() {
  if (!metaOf("me")) return;
  const mine = `draft:${metaOf("me")}:`;
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith("draft:") && !key.startsWith(mine)) sessionStorage.removeItem(key);
  }
}

document.addEventListener("input", (event) => {
  const element = event.target;
  if (!element.matches?.("textarea[data-draft]")) return;
  if (element.value) sessionStorage.setItem(draftKey(element), element.value);
  else sessionStorage.removeItem(draftKey(element));
});

document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const form = ctx.sourceElement?.closest?.("form");
  if (!form || !ctx.response || ctx.response.status >= 400) return;
  for (const element of form.querySelectorAll("textarea[data-draft]")) {
    sessionStorage.removeItem(draftKey(element));
  }
});

// ---- forms that are kept over the end of a session --------------------------------------------------
// Events: `signed-out` asks for the password, `signed-in` tells that the page goes on.

const keptForm = () => document.querySelector("form[data-keep]");

document.addEventListener("signed-out", () => {
  const form = keptForm();
  if (!form || document.querySelector("#dialogs dialog[open]")) return;
  // The answer says itself that it belongs into a dialog.
  window.htmx.ajax("GET", form.dataset.keep, { target: "#dialogs", swap: "innerHTML" });
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.keep || event.defaultPrevented) return;
  event.preventDefault();
  const { submitter } = event;
  const seen = await fetch(form.dataset.keep, { headers: { "HX-Request": "true" }, credentials: "same-origin" }).catch(() => null);
  if (seen?.status === 401) {
    document.dispatchEvent(new CustomEvent("signed-out"));
    return;
  }
  if (seen?.ok) {
    // Whoever has signed in again in another tab has other tokens since; the page at the address carries them.
    const now = new DOMParser().parseFromString(await seen.text(), "text/html");
    const metaNow = (name) => now.querySelector(`meta[name="${name}"]`)?.content;
    if (metaNow("me") === metaOf("me") && metaNow("csrf-token")) renewTokens(metaNow("csrf-token"));
  }
  if (submitter?.name) {
    const pressed = Object.assign(document.createElement("input"), { type: "hidden", name: submitter.name, value: submitter.value });
    form.append(pressed);
  }
  form.submit();
});

function renewTokens(token) {
  document.querySelector('meta[name="csrf-token"]').content = token;
  for (const box of document.querySelectorAll('input[name="csrf_token"]')) box.value = token;
}

function stay(root) {
  for (const box of root.querySelectorAll("input[data-stays]")) box.value = keptForm() ? metaOf("me") : "";
  for (const told of root.querySelectorAll("#dialogs [data-stay]")) {
    const token = told.dataset.stay;
    told.remove();
    renewTokens(token);
    document.dispatchEvent(new CustomEvent("signed-in"));
  }
}

// ---- whenever something was put into the page -----------------------------------------------------

function prepare(root) {
  for (const dialog of root.querySelectorAll("dialog[data-open]")) {
    if (!dialog.open) dialog.showModal();
  }
  restoreDrafts(root);
  stay(root);
}

document.addEventListener("htmx:after:swap", () => prepare(document));
forgetForeignDrafts();
prepare(document);

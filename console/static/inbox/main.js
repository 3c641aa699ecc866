// The inbox: keeps the list and the open conversation fresh, and moves between its panes.

import { bindComposer, choose, chosen, openComposer } from "./composer.js";
import { fetchPart, reconcile, renew } from "./lines.js";

const inbox = document.getElementById("inbox");
const panes = document.getElementById("panes");
const ticket = () => document.getElementById("ticket");
const scroller = () => document.getElementById("scroll");
const NEAR_PX = 90;

/** Run `work` soon, once at a time, and not more often than every `pause`; what comes meanwhile runs after. */
function paced(work, pause) {
  let running = false;
  let again = false;
  return async function run() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      await work();
      await new Promise((done) => setTimeout(done, pause));
    } while (again);
    running = false;
  };
}

// ---- the list -------------------------------------------------------------------------------------

function listUrl() {
  const list = document.getElementById("list");
  const url = new URL(inbox.dataset.list, location.href);
  url.searchParams.set("view", list.dataset.view);
  if (list.dataset.query) url.searchParams.set("q", list.dataset.query);
  url.searchParams.set("open", ticket()?.dataset.ticket ?? "");
  return url;
}

async function readList() {
  const asked = listUrl().href;
  const { state, part } = await fetchPart(asked);
  if (state === "signed out") return signInAgain(asked);
  const list = document.getElementById("list");
  const fresh = part?.querySelector("#list");
  if (!fresh || fresh.dataset.view !== list.dataset.view || fresh.dataset.query !== list.dataset.query) return;
  showList(list, fresh);
}

function showList(list, fresh) {
  list.dataset.view = fresh.dataset.view;
  list.dataset.query = fresh.dataset.query;
  renew("tabs", fresh.parentNode ?? fresh);
  reconcile(document.getElementById("rows"), fresh.querySelector("#rows"));
  markOpen();
  tick();
}

const refreshList = paced(readList, 1200);

async function showView(view, query) {
  const list = document.getElementById("list");
  list.dataset.view = view;
  list.dataset.query = query;
  const url = listUrl();
  const { state, part } = await fetchPart(url.href);
  if (state === "signed out") return signInAgain(url.href);
  const fresh = part?.querySelector("#list");
  if (!fresh || list.dataset.view !== view || list.dataset.query !== query) return;
  showList(list, fresh);
  document.querySelector("#search [name=view]").value = view;
  if (!ticket()) {
    const shown = new URL(location.href);
    shown.searchParams.set("view", view);
    if (query) shown.searchParams.set("q", query);
    else shown.searchParams.delete("q");
    history.replaceState(history.state, "", shown);
  }
}

function markOpen() {
  const open = ticket()?.dataset.ticket;
  for (const link of document.querySelectorAll("[data-row]")) {
    if (link.dataset.row === open) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

let typing;
document.getElementById("search").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(search, 250);
});
document.getElementById("search").addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});

function search() {
  const list = document.getElementById("list");
  const words = document.querySelector("#search [name=q]").value.trim();
  if (words !== list.dataset.query) showView(list.dataset.view, words);
}

// ---- the open conversation ------------------------------------------------------------------------

const isAtEnd = () => {
  const box = scroller();
  return !box || box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
};

function toEnd() {
  const box = scroller();
  if (box) box.scrollTop = box.scrollHeight;
  const button = document.getElementById("to-newest");
  if (button) button.hidden = true;
}

// Pictures that arrive late, and boxes that grow, push the end away from whoever was there.
let staysAtEnd = true;
function followEnd() {
  const box = scroller();
  if (!box) return;
  staysAtEnd = true;
  box.addEventListener("scroll", () => {
    staysAtEnd = isAtEnd();
    const button = document.getElementById("to-newest");
    if (button && staysAtEnd) button.hidden = true;
  });
  const sizes = new ResizeObserver(() => staysAtEnd && toEnd());
  sizes.observe(box);
  sizes.observe(document.getElementById("lines"));
}

async function readTicket() {
  const open = ticket();
  if (!open) return;
  const url = new URL(open.dataset.now, location.href);
  url.searchParams.set("since", open.dataset.since);
  const list = document.getElementById("list");
  url.searchParams.set("view", list.dataset.view);
  url.searchParams.set("q", list.dataset.query);
  const { state, part } = await fetchPart(url.href);
  if (state === "signed out") return signInAgain(url.href);
  const fresh = part?.querySelector("#ticket");
  if (!fresh || ticket() !== open || fresh.dataset.ticket !== open.dataset.ticket) return;
  const wasAtEnd = staysAtEnd;
  const mode = chosen();
  if (!open.dataset.since) open.dataset.since = fresh.dataset.since;
  renew("talk-head", part);
  if (renew("composer", part)) {
    openComposer();
    if (mode === "note" && document.querySelector("[data-mode=note]")) choose("note");
  }
  renewCost(part);
  renew("details", part);
  const added = reconcile(document.getElementById("lines"), fresh.querySelector("#lines"));
  if (wasAtEnd) toEnd();
  else if (added.some((line) => line.classList.contains("line-in"))) {
    document.getElementById("to-newest").hidden = false;
  }
  tick();
}

const refreshTicket = paced(readTicket, 300);

function renewCost(part) {
  const fresh = part.querySelector("#cost");
  if (!fresh) return;
  startCountdown(fresh);
  document.getElementById("cost")?.replaceWith(fresh);
}

async function readEarlier(button) {
  button.disabled = true;
  const { part } = await fetchPart(button.dataset.earlier);
  button.disabled = false;
  const lines = document.getElementById("lines");
  const box = scroller();
  if (!part || !lines || !box) return;
  const height = box.scrollHeight;
  const fresh = part.querySelector("#lines");
  const firstDay = lines.querySelector(".line-day");
  if (firstDay && fresh.querySelector(`#${CSS.escape(firstDay.id)}`)) firstDay.remove();
  // Beside the live list, not in it: what a screen reader is told about are new messages.
  const older = document.getElementById("older") ?? makeOlder(lines);
  older.prepend(...fresh.children);
  const more = part.querySelector("#earlier");
  if (more) document.getElementById("earlier").replaceWith(more);
  else document.getElementById("earlier").remove();
  box.scrollTop += box.scrollHeight - height;
}

function makeOlder(lines) {
  const older = document.createElement("ol");
  older.id = "older";
  older.className = "lines";
  lines.before(older);
  return older;
}

/** Open what an address of the inbox stands for, in this page. */
async function go(url) {
  panes.setAttribute("aria-busy", "true");
  const wanted = new URL(url, location.href);
  const listOnly = wanted.pathname === new URL(inbox.dataset.home, location.href).pathname;
  const { state, part } = listOnly ? { state: "ok", part: null } : await fetchPart(wanted.href);
  panes.removeAttribute("aria-busy");
  if (location.href !== wanted.href) return; // somebody was faster than the server
  if (state === "signed out") signInAgain(wanted.href);
  else if (state === "offline") document.getElementById("offline").hidden = false;
  else if (state !== "ok") location.assign(wanted.href); // the server says in a page what is the matter
  else {
    panes.replaceChildren(part ?? document.getElementById("nothing-open").content.cloneNode(true));
    window.htmx?.process(panes);
    opened();
    tickCost();
  }
}

window.addEventListener("popstate", () => go(location.href));

function opened() {
  inbox.dataset.pane = ticket() ? "ticket" : "list";
  startCountdown(document.getElementById("cost"));
  openComposer();
  markOpen();
  toEnd();
  followEnd();
  if (window.matchMedia("(min-width: 62rem)").matches) document.querySelector("[data-write=answer] textarea")?.focus();
}

// ---- time -----------------------------------------------------------------------------------------

function startCountdown(cost) {
  if (cost && "left" in cost.dataset) cost.dataset.end = String(performance.now() + Number(cost.dataset.left) * 1000);
}

function tick() {
  for (const element of document.querySelectorAll("[data-wait]")) {
    // How long it was when the server said so, and since: a browser's clock may be wrong.
    element.dataset.from ??= String(performance.now() - Number(element.dataset.wait) * 1000);
    const minutes = (performance.now() - Number(element.dataset.from)) / 60000;
    element.dataset.level = minutes >= 15 ? "late" : minutes >= 5 ? "soon" : "new";
    element.querySelector("[data-wait-words]").textContent = short(minutes);
  }
}

function short(minutes) {
  const [value, unit] = minutes < 1 ? [Math.max(1, Math.round(minutes * 60)), "second"] : minutes < 60
    ? [Math.floor(minutes), "minute"] : minutes < 2880 ? [Math.floor(minutes / 60), "hour"] : [Math.floor(minutes / 1440), "day"];
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "short" }).format(value);
}

function tickCost() {
  const cost = document.getElementById("cost");
  const copy = document.querySelector("[data-cost-copy]");
  const left = cost && "end" in cost.dataset ? Math.floor((Number(cost.dataset.end) - performance.now()) / 1000) : 0;
  if (cost) {
    const words = cost.querySelector(".cost-words");
    words.textContent = left > 0 ? cost.dataset.wordsFree.replace("{s}", String(left)) : cost.dataset.wordsPaid;
    words.classList.toggle("is-free", left > 0);
  }
  if (copy) copy.textContent = left > 0 ? cost.dataset.wordsFree.replace("{s}", String(left)) : "";
}

// ---- what somebody does ---------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const to = event.target.closest("[data-to]");
  const tab = event.target.closest("[data-tab]");
  const earlier = event.target.closest("[data-earlier]");
  const modified = event.metaKey || event.ctrlKey || event.shiftKey;
  if (to && !modified) {
    event.preventDefault();
    inbox.dataset.pane = to.dataset.to;
    if (to.dataset.to === "details") document.getElementById("details")?.focus();
  }
  const row = event.target.closest("[data-row]");
  if (row && !modified) {
    event.preventDefault();
    if (row.dataset.row === ticket()?.dataset.ticket) inbox.dataset.pane = "ticket";
    else {
      history.pushState({ inbox: true }, "", row.href);
      go(row.href);
    }
  }
  if (tab && !modified) {
    event.preventDefault();
    showView(tab.dataset.tab, document.getElementById("list").dataset.query);
  }
  if (earlier) readEarlier(earlier);
  if (event.target.closest("#to-newest")) toEnd();
});

document.addEventListener("keydown", (event) => {
  const inText = event.target.closest?.("input, textarea, select");
  if (event.key === "/" && !inText && !event.isComposing) {
    event.preventDefault();
    document.querySelector("#search [name=q]").focus();
  }
  const row = event.target.closest?.("[data-row]");
  if (row && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const rows = [...document.querySelectorAll("[data-row]")];
    rows[rows.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  }
  if (event.key === "Escape" && inText?.closest("#composer")) scroller()?.focus();
});

document.addEventListener("htmx:after:request", (event) => {
  const from = event.detail.ctx?.sourceElement;
  if (from?.closest?.("[data-changes]")) changed();
});

function changed() {
  document.dispatchEvent(new CustomEvent("news:mine"));
  refreshTicket();
  refreshList();
}

let asking = false;
function signInAgain(url) {
  if (asking || document.querySelector("#dialogs dialog[open]")) return;
  asking = true;
  // The answer says itself that it belongs into a dialog.
  window.htmx.ajax("GET", url, { target: "#dialogs", swap: "innerHTML" }).finally(() => { asking = false; });
}

// ---- news -----------------------------------------------------------------------------------------

document.addEventListener("news", ({ detail: news }) => {
  const open = ticket()?.dataset;
  if (open && (news.all || news.contacts.includes(open.contact) || news.tickets.includes(open.ticket))) refreshTicket();
  if (news.all || news.tickets.length) refreshList();
});
document.addEventListener("news:state", ({ detail: state }) => {
  document.getElementById("offline").hidden = state === "on";
});

bindComposer(inbox, changed, () => signInAgain(listUrl().href));
opened();
tick();
setInterval(tick, 15000);
setInterval(tickCost, 500);
tickCost();

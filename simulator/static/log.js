// The event log: webhooks out, API calls in.

import { read } from "./wire.js";

const list = document.getElementById("log-lines");
const mine = document.getElementById("log-mine");
const MOST = 200;
let last = 0;
let person = "";
let busy = false;

function block(title, text) {
  const part = document.createElement("div");
  const head = document.createElement("h4");
  head.textContent = title;
  const body = document.createElement("pre");
  body.textContent = text;
  part.append(head, body);
  return part;
}

function draw(line) {
  const item = document.createElement("li");
  item.dataset.person = line.user_id;
  item.className = line.kind;
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  const status = document.createElement("span");
  status.className = line.status >= 200 && line.status < 300 ? "fine" : "bad";
  status.textContent = line.status || "–";
  const arrow = document.createElement("span");
  arrow.className = "arrow";
  arrow.textContent = line.kind === "webhook" ? "webhook" : "API";
  const title = document.createElement("span");
  title.className = "log-title";
  title.textContent = line.title.replace("/v2/bot", "");
  const time = document.createElement("time");
  time.textContent = new Date(line.at_ms).toLocaleTimeString("en-GB");
  summary.append(arrow, title, status, time);
  details.append(summary);
  details.addEventListener("toggle", () => {
    if (!details.open || details.childElementCount > 1) return;
    const facts = Object.entries(line.facts).map(([name, value]) => `${name}: ${value}`).join("\n");
    if (line.reason && line.kind === "webhook") details.append(block("Outcome", line.reason));
    if (facts) details.append(block(line.kind === "webhook" ? "Headers" : "Facts", facts));
    if (line.sent) details.append(block("Sent", line.sent));
    if (line.received) details.append(block("Answered", line.received));
  }, { once: false });
  item.append(details);
  return item;
}

function filter() {
  for (const item of list.children) {
    item.hidden = mine.checked && item.dataset.person !== "" && item.dataset.person !== person;
  }
}

/** Read what is new, if there is something. */
export async function updateLog(total, userId) {
  person = userId;
  if (total < last) {
    last = 0;
    list.replaceChildren();
  }
  if (busy || total === last) return filter();
  busy = true;
  try {
    for (const line of await read(`/page/log?after=${last}`)) {
      last = line.number;
      list.prepend(draw(line));
    }
  } finally {
    busy = false;
  }
  while (list.childElementCount > MOST) list.lastElementChild.remove();
  filter();
}

mine.addEventListener("change", filter);

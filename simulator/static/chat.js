// The chat: bubbles are added, never redrawn, so that carousels keep their place.

import { say } from "./words.js";

const list = document.getElementById("entries");
const chat = document.getElementById("chat");
const typing = document.getElementById("typing");
let drawnFor = "";
let typingEnds;
let follows = true; // whether the chat goes along with what is new

const day = (time) => new Date(time).toDateString();

function isNearEnd() {
  return follows || chat.scrollHeight - chat.scrollTop - chat.clientHeight < 160;
}

/** Go to the newest bubble, and along with newer ones until the person scrolls away. */
export function followEnd() {
  follows = true;
  scrollToEnd();
}
for (const gesture of ["wheel", "touchmove", "keydown"]) chat.addEventListener(gesture, () => { follows = false; }, { passive: true });

export function scrollToEnd() {
  chat.scrollTop = chat.scrollHeight;
}

function stateOf(entry) {
  return `${entry.is_unsent}${entry.is_read}`;
}

function draw(entry, language, account) {
  const item = document.createElement("li");
  item.className = entry.is_own ? "own" : "theirs";
  item.dataset.id = entry.id;
  item.dataset.state = stateOf(entry);
  if (entry.is_unsent) {
    item.className = "note";
    item.textContent = say("unsentOwn");
    return item;
  }
  if (!entry.is_own) {
    const face = document.createElement("span");
    face.className = "face";
    face.textContent = account.slice(0, 1);
    face.setAttribute("aria-hidden", "true");
    item.append(face);
  }
  const bubble = document.createElement("div");
  bubble.className = "bubble";
  bubble.innerHTML = entry.html; // safe: made by the server's renderer, which escapes everything
  const side = document.createElement("div");
  side.className = "side";
  if (entry.can_unsend) {
    const undo = document.createElement("button");
    undo.type = "button";
    undo.className = "unsend";
    undo.dataset.unsend = entry.id;
    undo.textContent = say("unsend");
    side.append(undo);
  }
  if (entry.is_read) {
    const mark = document.createElement("span");
    mark.textContent = say("read");
    side.append(mark);
  }
  const time = document.createElement("time");
  const at = new Date(entry.at_ms);
  time.dateTime = at.toISOString();
  time.textContent = at.toLocaleTimeString(language, { hour: "numeric", minute: "2-digit" });
  side.append(time);
  item.append(bubble, side);
  return item;
}

function daySeparator(entry, language) {
  const item = document.createElement("li");
  item.className = "note";
  item.dataset.day = day(entry.at_ms);
  const isToday = day(entry.at_ms) === day(Date.now());
  item.textContent = isToday ? say("today")
    : new Date(entry.at_ms).toLocaleDateString(language, { month: "short", day: "numeric", weekday: "short" });
  return item;
}

/** Bring the chat up to date with a screen. */
export function drawChat(screen, account) {
  const language = screen.language ?? "en";
  const isOther = drawnFor !== screen.user_id;
  if (isOther) {
    list.replaceChildren();
    drawnFor = screen.user_id;
  }
  const wasNearEnd = isOther || isNearEnd();
  const known = new Map([...list.children].filter((item) => item.dataset.id).map((item) => [item.dataset.id, item]));
  const present = new Set(screen.entries.map((entry) => entry.id));
  for (const [id, item] of known) if (!present.has(id)) item.remove();
  let lastDay = [...list.querySelectorAll("[data-day]")].at(-1)?.dataset.day;
  if (screen.entries.length === 0) list.replaceChildren();
  let added = false;
  for (const entry of screen.entries) {
    const old = known.get(entry.id);
    if (old && present.has(entry.id)) {
      if (old.dataset.state !== stateOf(entry)) old.replaceWith(draw(entry, language, account));
      continue;
    }
    if (day(entry.at_ms) !== lastDay) {
      list.append(daySeparator(entry, language));
      lastDay = day(entry.at_ms);
    }
    list.append(draw(entry, language, account));
    added = true;
  }
  clearTimeout(typingEnds);
  typing.hidden = screen.typing_ms <= 0;
  if (!typing.hidden) typingEnds = setTimeout(() => { typing.hidden = true; }, screen.typing_ms);
  if (wasNearEnd && (added || isOther || !typing.hidden)) requestAnimationFrame(scrollToEnd);
}

// Pictures grow after they have come; stay at the end if we were there.
list.addEventListener("load", () => { if (isNearEnd()) scrollToEnd(); }, true);

// The phone: choose a person, act as they would, and see what comes back.

import { drawChat, followEnd, scrollToEnd } from "./chat.js";
import { askCode, askDate, askPlace, isEntryLink, textOfLink } from "./dialogs.js";
import { updateLog } from "./log.js";
import { drawMenu } from "./menu.js";
import { chosen, drawPeople, onChoose } from "./people.js";
import { act, listen, read, toast } from "./wire.js";
import { say, speak } from "./words.js";

const at = (id) => document.getElementById(id);
if (new URLSearchParams(location.search).has("alone")) document.documentElement.classList.add("alone");
const account = document.querySelector(".bar-title strong").textContent;
const message = at("message");
let screen = null;
let seenVersion = -1;
let reading = false;
let lastPulse = null;

async function doAct(name, given = {}) {
  followEnd();
  toast(await act(chosen(), name, given));
  await refresh();
}

// Drawing

async function refresh() {
  if (reading || !chosen()) return;
  reading = true;
  try {
    const userId = chosen();
    const fresh = await read(`/page/persons/${userId}`);
    if (userId === chosen()) draw(fresh);
  } finally {
    reading = false;
  }
  const wanted = lastPulse?.persons[chosen()]?.[0];
  if (screen && (screen.user_id !== chosen() || (wanted !== undefined && wanted > seenVersion))) await refresh();
}

function draw(fresh) {
  const isOther = screen?.user_id !== fresh.user_id;
  const hadDraft = isOther ? "" : screen?.draft;
  screen = fresh;
  seenVersion = fresh.version;
  if (isOther) {
    speak(fresh.language);
    at("phone").lang = fresh.language ?? "en";
    at("own-avatar").src = `/avatars/${fresh.user_id}.svg`;
    for (const [id, word] of [["sample-photo", "sample"], ["pick-photo", "photo"], ["send-location", "location"], ["scan-too", "scan"]]) {
      at(id).querySelector("b").textContent = say(word);
    }
    at("open-tray").setAttribute("aria-label", say("attach"));
    at("send").setAttribute("aria-label", say("send"));
    message.placeholder = say("message");
    message.setAttribute("aria-label", say("message"));
    at("scan").textContent = say("scan");
  }
  drawState(fresh);
  drawChat(fresh, account);
  drawQuick(fresh.quick);
  drawMenu(fresh.menu, fresh.is_menu_open, tap);
  if (fresh.draft && fresh.draft !== hadDraft) write(fresh.draft);
}

function drawState({ name, friendship }) {
  at("bar-state").textContent = `${name} · ${say(friendship)}`;
  const cannotWrite = friendship === "blocked" || friendship === "gone";
  at("invite").hidden = friendship === "friend" || friendship === "gone";
  at("invite-words").textContent = say(friendship === "blocked" ? "blockedHint" : "invite");
  at("befriend").textContent = say(friendship === "blocked" ? "unblock" : "add");
  at("block").textContent = say(friendship === "blocked" ? "unblock" : "block");
  for (const control of [message, at("open-tray"), ...at("tray").querySelectorAll("button")]) control.disabled = cannotWrite;
  at("chat").classList.toggle("frozen", cannotWrite);
  drawSend();
}

function drawQuick(html) {
  const strip = at("quick");
  if (strip.dataset.html === html) return;
  strip.dataset.html = html;
  strip.innerHTML = html; // safe: made by the server's renderer
  if (html) requestAnimationFrame(scrollToEnd);
}

// Tapping

async function tap(action, button) {
  if (action.type === "camera" || action.type === "cameraRoll") return at("photo-file").click();
  if (action.type === "location") return sendPlace();
  if (action.type === "clipboard") {
    navigator.clipboard?.writeText(action.clipboardText).catch(() => {});
    toast(`${say("copied")}: ${action.clipboardText}`);
  }
  if (action.type === "uri") return open(action.uri);
  const given = { action };
  if (action.type === "datetimepicker") {
    given.value = await askDate(action);
    if (given.value === null) return undefined;
  }
  button?.classList.add("tapped");
  setTimeout(() => button?.classList.remove("tapped"), 250);
  await doAct("perform", given);
  if (action.inputOption === "openKeyboard") message.focus();
  return undefined;
}

async function open(address) {
  await doAct("perform", { action: { type: "uri", uri: address } });
  if (isEntryLink(address)) write(textOfLink(address));
  else if (/^https?:/i.test(address)) window.open(address, "_blank", "noopener");
  else toast(`${say("opens")} ${address}`);
}

at("phone").addEventListener("click", (event) => {
  const undo = event.target.closest("[data-unsend]");
  if (undo) return void doAct("unsend", { message_id: undo.dataset.unsend });
  const target = event.target.closest(".ln-action[data-action]");
  if (!target || at("chat").classList.contains("frozen")) return;
  event.preventDefault();
  tap(JSON.parse(target.dataset.action), target);
});

// Writing

function write(text) {
  message.value = text;
  grow();
  message.focus();
}

function grow() {
  message.style.setProperty("height", "auto");
  message.style.setProperty("height", `${Math.min(message.scrollHeight, 120)}px`);
  drawSend();
}

function drawSend() {
  at("send").disabled = message.disabled || message.value.trim() === "";
}

async function sendText() {
  const text = message.value.trim();
  if (!text || message.disabled) return;
  message.value = "";
  grow();
  scrollToEnd();
  await doAct("say", { text });
}

message.addEventListener("input", grow);
message.addEventListener("keydown", (event) => {
  // While an input method is composing, Enter takes its suggestion; 229 is how older browsers say so.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  sendText();
});
at("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  sendText();
});

// Sending other things

async function sendPlace() {
  const place = await askPlace(screen.language);
  if (place) await doAct("location", place);
}

async function scan() {
  const text = await askCode();
  if (!text) return;
  if (screen.friendship !== "friend") await doAct("follow");
  write(text);
}

function toBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

at("photo-file").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  if (file.size > 8_000_000) return toast(say("tooBig"));
  await doAct("photo", { data: await toBase64(file), media_type: file.type });
});
at("pick-photo").addEventListener("click", () => at("photo-file").click());
at("sample-photo").addEventListener("click", () => doAct("photo"));
at("tray").addEventListener("click", (event) => { if (event.target.closest("button")) toggle("tray", "open-tray", false); });
at("send-location").addEventListener("click", sendPlace);
at("scan-too").addEventListener("click", scan);
at("scan").addEventListener("click", () => { toggle("options", "open-options", false); scan(); });

const STICKERS = [["446", "1988", "😊"], ["446", "1990", "😂"], ["446", "1993", "😍"], ["446", "2000", "🙏"], ["789", "10855", "👍"], ["789", "10862", "😢"], ["789", "10877", "🎉"]];
for (const [packageId, stickerId, face] of STICKERS) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = face;
  button.setAttribute("aria-label", `Sticker ${packageId}/${stickerId}`);
  button.addEventListener("click", () => doAct("sticker", { package_id: packageId, sticker_id: stickerId }));
  at("stickers").append(button);
}

// Friendship, menu, panels

function toggle(panelId, buttonId, isOpen = at(panelId).hidden) {
  at(panelId).hidden = !isOpen;
  at(buttonId).setAttribute("aria-expanded", String(isOpen));
}

at("befriend").addEventListener("click", () => doAct("follow"));
at("block").addEventListener("click", () => {
  toggle("options", "open-options", false);
  doAct(screen.friendship === "blocked" ? "follow" : "block");
});
at("menu-bar").addEventListener("click", () => doAct("menu", { open: !screen.is_menu_open }));
at("open-tray").addEventListener("click", () => {
  toggle("tray", "open-tray");
  scrollToEnd();
});
at("open-options").addEventListener("click", () => toggle("options", "open-options"));
for (const id of ["open-log", "close-log"]) {
  at(id).addEventListener("click", () => {
    const isOpen = at("desk").classList.toggle(matchMedia("(max-width: 1100px)").matches ? "log-shown" : "log-hidden");
    at("open-log").setAttribute("aria-expanded", String(isOpen === matchMedia("(max-width: 1100px)").matches));
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  toggle("options", "open-options", false);
  toggle("tray", "open-tray", false);
  at("desk").classList.remove("people-shown", "log-shown");
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("#options, #open-options")) toggle("options", "open-options", false);
  if (!event.target.closest("#people, #open-people, #log, #open-log")) at("desk").classList.remove("people-shown", "log-shown");
});

// Living

onChoose(async () => {
  // At once, not with the answer: by then somebody may be writing already.
  if (screen !== null && screen.user_id !== chosen()) message.value = "";
  at("desk").classList.remove("people-shown");
  at("open-people").setAttribute("aria-expanded", "false");
  seenVersion = -1;
  await refresh();
  scrollToEnd();
  if (lastPulse) updateLog(lastPulse.log, chosen());
});
at("open-people").addEventListener("click", () => {
  const isOpen = at("desk").classList.toggle("people-shown");
  at("open-people").setAttribute("aria-expanded", String(isOpen));
  if (isOpen) document.querySelector("#people-list [aria-current]")?.focus();
});

await drawPeople(null);
listen((pulse) => {
  at("trouble").hidden = pulse !== null && !pulse.trouble;
  at("trouble").textContent = pulse === null ? "The simulator is not running" : pulse.trouble;
  if (pulse === null) return;
  lastPulse = pulse;
  drawPeople(pulse);
  if ((pulse.persons[chosen()]?.[0] ?? -1) !== seenVersion) refresh();
  updateLog(pulse.log, chosen());
});

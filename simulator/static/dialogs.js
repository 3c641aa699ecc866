// The three questions a phone asks: when, where, which code.

import { say } from "./words.js";

const KINDS = { date: "date", time: "time", datetime: "datetime-local" };
const PLACES = {
  "zh-TW": ["台北車站", "台北市中正區北平西路3號", 25.0478, 121.517],
  ja: ["東京駅", "東京都千代田区丸の内1丁目", 35.6812, 139.7671],
  ko: ["서울역", "서울특별시 용산구 한강대로 405", 37.5547, 126.9707],
  en: ["Taipei Main Station", "No. 3, Beiping W. Rd., Zhongzheng Dist., Taipei", 25.0478, 121.517],
};

function ask(dialog) {
  return new Promise((resolve) => {
    dialog.returnValue = "";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok"), { once: true });
    dialog.showModal();
  });
}

function nowFor(mode) {
  const now = new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString();
  return { date: now.slice(0, 10), time: now.slice(11, 16), datetime: now.slice(0, 16) }[mode];
}

/** Ask for the value of a datetimepicker action; null when the person thinks better of it. */
export async function askDate(action) {
  const dialog = document.getElementById("date-dialog");
  const input = document.getElementById("date-value");
  const normal = (value) => (value ?? "").replace("t", "T");
  document.getElementById("date-title").textContent = say(action.mode);
  input.setAttribute("aria-label", say(action.mode));
  input.type = KINDS[action.mode];
  input.min = normal(action.min);
  input.max = normal(action.max);
  const now = nowFor(action.mode);
  const first = normal(action.initial) || (input.min && input.min > now ? input.min : now);
  input.value = input.max && first > input.max ? input.max : first;
  return (await ask(dialog)) ? input.value.slice(0, 16) : null;
}

/** Ask for a place; null when cancelled. */
export async function askPlace(language) {
  const dialog = document.getElementById("place-dialog");
  const form = dialog.querySelector("form");
  const [title, address, latitude, longitude] = PLACES[language] ?? PLACES.en;
  Object.entries({ title, address, latitude, longitude }).forEach(([name, value]) => { form.elements[name].value = value; });
  if (!(await ask(dialog))) return null;
  const given = Object.fromEntries(new FormData(form));
  return { ...given, latitude: Number(given.latitude), longitude: Number(given.longitude) };
}

/** Ask for what a QR code says; null when cancelled. */
export async function askCode() {
  const dialog = document.getElementById("scan-dialog");
  const form = dialog.querySelector("form");
  form.reset();
  return (await ask(dialog)) ? textOfLink(form.elements.code.value.trim()) : null;
}

/** Return the text an oaMessage link makes ready, or the text itself. */
export function textOfLink(code) {
  const found = /\/R\/oaMessage\/[^?]*\?(.*)$/.exec(code);
  if (!found) return code;
  try {
    return decodeURIComponent(found[1]);
  } catch {
    return found[1];
  }
}

export const isEntryLink = (address) => /\/R\/oaMessage\//.test(address);

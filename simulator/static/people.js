// Who one can be.

import { addPerson, read } from "./wire.js";

const list = document.getElementById("people-list");
const LANGUAGES = { "zh-TW": "繁中", ja: "日本語", en: "English", ko: "한국어", th: "ไทย" };
let current = "";
let told = () => {};
let drawn = "";
const seen = new Map();

export const chosen = () => current;
export const onChoose = (callback) => { told = callback; };

function choose(userId) {
  current = userId;
  history.replaceState(null, "", `#${userId}`);
  for (const button of list.querySelectorAll("button")) {
    if (button.dataset.id === userId) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  told();
}

function draw(person) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.id = person.user_id;
  button.lang = person.language ?? "en";
  const face = document.createElement("img");
  face.src = `/avatars/${person.user_id}.svg`;
  face.alt = "";
  const name = document.createElement("bdi");
  name.className = "person-name";
  name.textContent = person.name;
  const about = document.createElement("span");
  about.className = "person-about";
  about.textContent = [LANGUAGES[person.language], person.preview].filter(Boolean).join(" · ");
  const mark = document.createElement("span");
  mark.className = `person-mark ${person.friendship}`;
  mark.textContent = { friend: "●", blocked: "⊘", gone: "✕" }[person.friendship] ?? "";
  mark.title = person.friendship;
  const count = person.user_id === current ? 0 : person.said - (seen.get(person.user_id) ?? person.said);
  if (person.user_id === current || !seen.has(person.user_id)) seen.set(person.user_id, person.said);
  if (count > 0) mark.classList.add("news");
  button.append(face, name, about, mark);
  if (person.user_id === current) button.setAttribute("aria-current", "true");
  button.addEventListener("click", () => {
    seen.set(person.user_id, person.said);
    choose(person.user_id);
  });
  item.append(button);
  return item;
}

/** Draw the list when somebody in it has changed. */
export async function drawPeople(pulse) {
  const state = pulse === null ? "first" : JSON.stringify(pulse.persons);
  if (state === drawn) return;
  drawn = state;
  const people = await read("/page/persons");
  const focused = document.activeElement?.dataset?.id;
  list.replaceChildren(...people.map(draw));
  if (focused) list.querySelector(`[data-id="${focused}"]`)?.focus();
  if (!current && people.length) {
    const wanted = location.hash.slice(1);
    choose(people.some((person) => person.user_id === wanted) ? wanted : people[0].user_id);
  }
}

window.addEventListener("hashchange", async () => {
  const wanted = location.hash.slice(1);
  if (!wanted || wanted === current) return;
  drawn = "";
  current = "";
  await drawPeople(null);
});

document.getElementById("people-new").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const name = form.elements.name.value.trim();
  if (!name) return;
  const made = await addPerson(name, form.elements.language.value);
  form.reset();
  drawn = "";
  await drawPeople(null);
  choose(made.user_id);
});

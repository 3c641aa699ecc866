// Elements without markup: every word goes in as text, so that a hostile one stays a word.

const SVG = "http://www.w3.org/2000/svg";
const icons = document.querySelector("[data-icons]")?.dataset.icons ?? "";

// h("button.btn.btn-sm", { type: "button", onclick: f, "aria-label": "…" }, "words", child, …)
export function h(what, attributes = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "selected" || name === "disabled") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false && child !== ""));
  return made;
}

export function icon(name) {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("class", "icon");
  made.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${icons}#${name}`);
  made.append(use);
  return made;
}

export function dot(colour) {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("class", "dot");
  made.setAttribute("viewBox", "0 0 8 8");
  made.setAttribute("aria-hidden", "true");
  const circle = document.createElementNS(SVG, "circle");
  for (const [name, value] of Object.entries({ cx: 4, cy: 4, r: 4, fill: colour })) circle.setAttribute(name, value);
  made.append(circle);
  return made;
}

let last = 0;
export const freshId = (prefix) => `${prefix}-${++last}`;

// Puts values into a sentence that came with the page: told("Place %(place)s of %(all)s", { place: 1, all: 3 }).
export const told = (sentence, values = {}) => sentence.replace(/%\((\w+)\)s/g, (_all, name) => values[name] ?? "");

// The rule builder: keeps the rule, does what is asked of it, and shows how many people it means.
import { ACCEPTS } from "./controls.js";
import { told } from "./dom.js";
import { dragging } from "./dragging.js";
import { Live } from "./live.js";
import * as tree from "./tree.js";
import { drawRule } from "./view.js";

const page = document.querySelector("[data-builder]");
const form = document.getElementById("segment-form");
const field = form.elements.rule;
const stage = document.getElementById("rb-stage");
const says = document.getElementById("rb-says");
const text = document.getElementById("rb-text");
const undoButton = document.getElementById("rb-undo");

let env;
let root;
let past = [];
let isDirty = false;
let isText = false;

const live = new Live(page, { answered });

async function start() {
  const parts = await (await fetch(page.dataset.parts, { headers: { Accept: "application/json" } })).json();
  const kinds = new Map(parts.leaves.map((one) => [one.kind, one]));
  for (const kind of kinds.values()) {
    for (const way of kind.ways) {
      way.fixed ??= {};
      for (const part of way.parts) part.accepts = ACCEPTS[part.control](part);
    }
  }
  env = { ...parts, kinds, act, changed };
  root = tree.read(JSON.parse(field.value || "{}"), kinds);
  draw();
  tell();
  page.removeAttribute("aria-busy");
}

// ---- what is done to the rule ----------------------------------------------------------------------

const ACTIONS = {
  draw: (id, focus) => id && [id, focus],
  hold: (id, op, not) => { Object.assign(tree.find(root, id).node, { op, not }); return [id, "op"]; },
  not: (id) => { const { node } = tree.find(root, id); node.not = !node.not; return [id, "not"]; },
  leaf: (id, kind) => {
    const made = tree.leaf(kind);
    tree.find(root, id).node.rules.push(made);
    return [made.id, "first"];
  },
  group: (id) => {
    const { node } = tree.find(root, id);
    const made = tree.group(node.op === "all" ? "any" : "all");
    node.rules.push(made);
    return [made.id, "add"];
  },
  way: (id, way) => {
    const { node } = tree.find(root, id);
    const keys = env.kinds.get(node.kind).ways[way].parts.map((part) => part.key);
    node.said = Object.fromEntries(Object.entries(node.said).filter(([key]) => keys.includes(key)));
    node.way = way;
    return [id, "way"];
  },
  show: (id, key) => { const { node } = tree.find(root, id); node.shown = [...(node.shown ?? []), key]; return [id, `part:${key}`]; },
  hide: (id, key) => {
    const { node } = tree.find(root, id);
    node.shown = (node.shown ?? []).filter((one) => one !== key);
    delete node.said[key];
    return [id, "menu"];
  },
  up: (id) => moved(id, -1),
  down: (id) => moved(id, 1),
  move: (id, groupId, place) => { tree.moveTo(root, id, groupId, place); return [id, "grip"]; },
  wrap: (id) => [tree.wrap(root, id).id, "op"],
  copy: (id) => [tree.copy(root, id).id, "first"],
  remove: (id) => {
    const { parent, place } = tree.find(root, id);
    tree.remove(root, id);
    say(env.words.removed);
    const next = parent.rules[Math.min(place, parent.rules.length - 1)];
    return next ? [next.id, "menu"] : [parent.id, "add"];
  },
};

function moved(id, by) {
  if (!tree.step(root, id, by)) return [id, "grip"];
  const { parent, place } = tree.find(root, id);
  say(told(env.words.moved, { place: place + 1, all: parent.rules.length }));
  return [id, "grip"];
}

function act(name, id, ...more) {
  const before = JSON.stringify(root);
  const focus = ACTIONS[name](id, ...more);
  const isChange = JSON.stringify(root) !== before;
  if (isChange) past = [...past.slice(-49), before];
  draw();
  if (focus) put(...focus);
  if (isChange) changed();
}

undoButton.addEventListener("click", () => {
  root = JSON.parse(past.pop());
  draw();
  tell();
  stage.querySelector("select, button")?.focus();
});

// A value was typed: nothing is drawn anew, unless other inputs hang on it.
function changed(id, isAsked = false) {
  isDirty = true;
  if (id) {
    const { node } = tree.find(root, id);
    const isOpen = !tree.isFinished(node, env.kinds);
    stage.querySelector(`[data-id="${id}"]`)?.classList.toggle("is-open", isOpen);
    if (isAsked) {
      draw();
      put(id, "next");
    }
  }
  tell();
}

// ---- drawing ---------------------------------------------------------------------------------------

function draw() {
  stage.replaceChildren(drawRule(root, env));
  undoButton.hidden = past.length === 0;
  page.classList.toggle("is-empty", root.rules.length === 0);
}

const INPUTS = "input, select, textarea";

function put(id, what) {
  const row = stage.querySelector(`[data-id="${id}"]`);
  if (!row) return;
  const first = () => row.querySelector(".rb-parts")?.querySelector(INPUTS);
  const next = () => [...row.querySelectorAll(".rb-part")].map((part) => part.querySelector(INPUTS)).find((input) => input?.value === "" && !input.closest(".rb-part")?.querySelector(".pick-chip"));
  const goal = what === "first" ? next() ?? first()
    : what === "next" ? next() ?? [...row.querySelectorAll(`.rb-part ${INPUTS.split(", ").join(", .rb-part ")}`)].at(-1)
    : what?.startsWith("part:") ? row.querySelector(`[data-part="${what.slice(5)}"]`)?.querySelector(INPUTS)
    : row.querySelector(`[data-focus="${what}"]`);
  goal?.focus();
}

function say(words) {
  says.textContent = words;
}

stage.addEventListener("keydown", (event) => {
  if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  const id = event.target.closest("[data-id]")?.dataset.id;
  if (!id || id === root.id) return;
  event.preventDefault();
  act(event.key === "ArrowUp" ? "up" : "down", id);
});

dragging(stage, { move: (id, groupId, place) => act("move", id, groupId, place), isInside: (id, groupId) => {
  const { node } = tree.find(root, id);
  return tree.isGroup(node) && tree.find(node, groupId) !== null;
} });

// ---- what it means ---------------------------------------------------------------------------------

let places = new Map();

function tell() {
  if (isText) return live.ask({ text: text.value });
  places = new Map();
  field.value = JSON.stringify(tree.writeWhole(root, env.kinds, places, []));
  live.ask({ rule: field.value });
}

function answered(answer) {
  if (isText) {
    if (answer.rule) field.value = JSON.stringify(answer.rule);
    return;
  }
  for (const shown of stage.querySelectorAll(".rb-fault")) {
    shown.hidden = true;
    shown.textContent = "";
    shown.parentElement.classList.remove("is-faulty");
  }
  for (const { path, words } of answer.faults) {
    const id = tree.nodeAt(path, places) ?? root.id;
    const shown = document.getElementById(`fault-${id}`);
    if (!shown) continue;
    shown.hidden = false;
    shown.textContent = shown.textContent ? `${shown.textContent} · ${words}` : words;
    shown.parentElement.classList.add("is-faulty");
  }
}

// ---- as text ---------------------------------------------------------------------------------------

const textButton = document.getElementById("rb-as-text");
textButton.addEventListener("click", async () => {
  if (!isText) {
    const answer = await live.now({ rule: field.value });
    if (answer) text.value = answer.text;
  } else if (!text.dataset.faulty) {
    past = [...past, JSON.stringify(root)];
    root = tree.read(JSON.parse(field.value), env.kinds);
  } else {
    return say(env.words.text_is_faulty);
  }
  isText = !isText;
  page.classList.toggle("is-text", isText);
  textButton.setAttribute("aria-pressed", String(isText));
  if (isText) text.focus();
  else draw();
  tell();
});

text.addEventListener("input", () => {
  isDirty = true;
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 4}px`;
  tell();
});

// ---- beginning and end -----------------------------------------------------------------------------

for (const button of document.querySelectorAll("[data-template]")) {
  button.addEventListener("click", () => {
    past = [...past, JSON.stringify(root)];
    root = tree.read(JSON.parse(button.dataset.template), env.kinds);
    const name = form.elements[button.dataset.names];
    if (name && !name.value) name.value = button.dataset.label;
    button.closest("details")?.removeAttribute("open");
    draw();
    isDirty = true;
    tell();
    const open = stage.querySelector(".is-open");
    if (open) put(open.dataset.id, "first");
    else stage.querySelector("select")?.focus();
  });
}

document.getElementById("rb-consent")?.addEventListener("change", () => tell());
form.addEventListener("input", (event) => { if (!stage.contains(event.target)) isDirty = true; });
form.addEventListener("keydown", (event) => {
  // Enter in a condition's input must not save what is half written.
  if (event.key === "Enter" && stage.contains(event.target) && event.target.matches("input, select")) event.preventDefault();
});
form.addEventListener("submit", () => { isDirty = false; });
document.addEventListener("signed-out", () => { isDirty = true; });
document.addEventListener("signed-in", () => tell());
window.addEventListener("beforeunload", (event) => { if (isDirty) event.preventDefault(); });

start();

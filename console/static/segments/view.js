// Draws a rule that is being edited. What is done to it is told to `act`, which draws it again.
import { control } from "./controls.js";
import { h, icon, told } from "./dom.js";
import { picker } from "./picker.js";
import { count, isFinished, isGroup } from "./tree.js";

const OPS = [["all", false], ["any", false], ["all", true], ["any", true]];

// env: { kinds, groups, choices, words, limit, act(name, id, …), changed() }
export function drawRule(root, env) {
  return drawGroup(root, env, null, 0, count(root) >= env.limit);
}

function drawGroup(node, env, parent, place, isFull) {
  const { words, act } = env;
  const choose = h("select.form-select.rb-op", { "aria-label": words.group_holds, "data-focus": "op" },
    OPS.map(([op, not], at) => h("option", { value: String(at), selected: op === node.op && not === node.not }, words.ops[`${not ? "not_" : ""}${op}`])));
  choose.addEventListener("change", () => act("hold", node.id, ...OPS[Number(choose.value)]));
  const rules = h("div.rb-rules", { "data-group": node.id }, node.rules.map((one, at) =>
    isGroup(one) ? drawGroup(one, env, node, at, isFull) : drawLeaf(one, env, node, at)));
  const add = h("div.rb-add", { "data-adding": node.id },
    h("button.btn.btn-sm", { type: "button", "data-focus": "add", disabled: isFull, onclick: () => askForKind(add, node, env) }, icon("plus"), words.add_condition),
    h("button.btn.btn-sm.btn-ghost", { type: "button", disabled: isFull, onclick: () => act("group", node.id) }, icon("indent-increase"), words.add_group),
    isFull ? h("small.quiet", {}, words.full) : null);
  const what = parent ? "div.rb-group" : "div.rb-group.is-root";
  return h(what, { "data-id": node.id, role: "group", "aria-label": words.ops[`${node.not ? "not_" : ""}${node.op}`], class: `${what.split(".").slice(1).join(" ")} rb-${node.op}${node.not ? " is-not" : ""}` },
    parent && place > 0 ? h("span.rb-between", { "aria-hidden": "true" }, words.between[parent.op]) : null,
    h("div.rb-head", {}, parent ? grip(node, env) : null, choose, parent ? menu(node, env) : null),
    rules,
    node.rules.length ? null : h("p.rb-empty.quiet", {}, words.empty_group),
    fault(node), add);
}

function drawLeaf(node, env, parent, place) {
  const { words, act } = env;
  const kind = env.kinds.get(node.kind);
  const isOpen = !isFinished(node, env.kinds);
  const name = kind?.label ?? node.kind;
  const not = h(node.not ? "button.rb-not" : "button.rb-more", { type: "button", "aria-pressed": String(node.not), "aria-label": words.is_not, "data-focus": "not", title: words.not_hint, onclick: () => act("not", node.id) }, node.not ? words.is_not : `+ ${words.is_not}`);
  return h("div.rb-leaf", { "data-id": node.id, role: "group", "aria-label": name, class: `rb-leaf${node.not ? " is-not" : ""}${isOpen ? " is-open" : ""}` },
    place > 0 ? h("span.rb-between", { "aria-hidden": "true" }, words.between[parent.op]) : null,
    h("div.rb-row", {}, grip(node, env),
      h("div.rb-parts", {}, h("span.rb-kind", {}, icon(kind?.icon ?? "code"), name), node.not ? not : null,
        node.raw !== undefined || !kind ? rawPart(node, env) : leafParts(node, kind, env), node.not ? null : not),
      menu(node, env)),
    h("p.rb-hint.quiet", {}, words.unfinished), fault(node));
}

function leafParts(node, kind, env) {
  const way = kind.ways[node.way];
  const lead = kind.lead;
  const parts = way.parts.filter((part) => part.must || node.said[part.key] !== undefined || node.shown?.includes(part.key));
  const more = way.parts.filter((part) => !parts.includes(part));
  const draw = (part) => drawPart(part, node, kind, env);
  const ways = kind.ways.length > 1 ? chooseWay(node, kind, env) : null;
  return [
    ...parts.filter((part) => way.parts.indexOf(part) < lead).map(draw), ways,
    ...parts.filter((part) => way.parts.indexOf(part) >= lead).map(draw),
    ...offered(more, node, env),
  ];
}

const CHIPS = 3;

// What may be added: a few as buttons, the rest in a menu.
function offered(parts, node, env) {
  const add = (part, kind) => h(kind, { type: "button", onclick: () => env.act("show", node.id, part.key) }, `+ ${part.offer || part.words}`);
  const shown = parts.length > CHIPS + 1 ? parts.slice(0, CHIPS) : parts;
  const rest = parts.slice(shown.length);
  return [
    ...shown.map((part) => add(part, "button.rb-more")),
    rest.length ? h("details.menu.rb-rest", { "data-menu": true }, h("summary.rb-more", {}, `+ ${env.words.further}`), h("div.menu-list", {}, rest.map((part) => add(part, "button.menu-item")))) : null,
  ];
}

function chooseWay(node, kind, env) {
  const choose = h("select.form-select.rb-way", { "aria-label": `${kind.label}: ${env.words.way}`, "data-focus": "way" },
    kind.ways.map((way, at) => h("option", { value: String(at), selected: at === node.way }, way.label)));
  choose.addEventListener("change", () => env.act("way", node.id, Number(choose.value)));
  return choose;
}

function drawPart(part, node, kind, env) {
  const say = (value) => {
    if (value === undefined) delete node.said[part.key];
    else node.said[part.key] = value;
    env.changed(node.id, kind.ways[node.way].parts.some((other) => other.of === part.key));
  };
  const context = { said: node.said, choices: env.choices, words: env.words, label: `${kind.label}` };
  return h("span.rb-part", { "data-part": part.key },
    part.words ? h("span.rb-word", {}, part.words) : null,
    control(part, node.said[part.key], say, context),
    part.after ? h("span.rb-word", {}, part.after) : null,
    part.must ? null : h("button.rb-off", { type: "button", "aria-label": told(env.words.take_off, { what: part.offer || part.words }), onclick: () => env.act("hide", node.id, part.key) }, icon("x")));
}

// What these inputs cannot show: an expert wrote it, and can go on.
function rawPart(node, env) {
  const area = h("textarea.form-control.rb-raw", { rows: "2", spellcheck: "false", "aria-label": `${node.kind}: ${env.words.as_text}` });
  area.value = JSON.stringify(node.raw);
  area.addEventListener("input", () => {
    try {
      node.raw = JSON.parse(area.value);
      area.classList.remove("is-invalid");
    } catch {
      area.classList.add("is-invalid");
      node.raw = area.value; // refused as what it is
    }
    env.changed(node.id);
  });
  return area;
}

const fault = (node) => h("p.rb-fault", { id: `fault-${node.id}`, hidden: true });

function grip(node, env) {
  return h("button.rb-grip", { type: "button", draggable: "true", "aria-label": env.words.grip, title: env.words.grip, "data-focus": "grip" }, icon("grip-vertical"));
}

function menu(node, env) {
  const { words, act } = env;
  const item = (name, symbol, label, isDanger) =>
    h(`button.menu-item${isDanger ? ".is-danger" : ""}`, { type: "button", onclick: () => act(name, node.id) }, icon(symbol), label);
  return h("details.menu.rb-menu", { "data-menu": true },
    h("summary.btn.btn-sm.btn-icon.btn-ghost", { "aria-label": words.what_to_do, "data-focus": "menu" }, icon("dots-vertical")),
    h("div.menu-list", {},
      item("up", "arrow-up", words.up), item("down", "arrow-down", words.down),
      item("wrap", "indent-increase", words.wrap), item("copy", "copy", words.copy),
      isGroup(node) ? null : item("not", "ban", words.turn_round), item("remove", "trash", words.remove, true)));
}

function askForKind(add, node, env) {
  const options = env.groups.flatMap((group) =>
    [...env.kinds.values()].filter((kind) => kind.group === group.key).map((kind) => ({ value: kind.kind, label: kind.label, group: group.label, hint: kind.hint, icon: kind.icon })));
  const back = () => env.act("draw", node.id, "add");
  const field = picker({ options, chosen: undefined, label: env.words.which_condition, placeholder: env.words.which_condition, words: env.words, pick: (kind) => env.act("leaf", node.id, kind), escape: back });
  field.classList.add("rb-asking");
  field.addEventListener("focusout", (event) => { if (!field.contains(event.relatedTarget) && field.isConnected) setTimeout(() => field.isConnected && !field.contains(document.activeElement) && env.act("draw", null), 120); });
  add.replaceChildren(field);
  const input = field.querySelector("input");
  input.focus();
  input.click();
}

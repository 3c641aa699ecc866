// A rule as it is edited: groups and conditions with numbers of their own, read from the rule as it is
// stored and written back as one. Knows nothing of the page.

let last = 0;
const fresh = () => `n${++last}`;

export const group = (op = "all", rules = [], not = false) => ({ id: fresh(), op, not, rules });

// `said` holds a value for each part by its key; `raw` what is no combination of parts that we know.
export const leaf = (kind, way = 0, said = {}, raw = undefined) => ({ id: fresh(), kind, way, said, raw, not: false });

export const isGroup = (node) => node.rules !== undefined;

// ---- reading and writing --------------------------------------------------------------------------

const isMap = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function readWay(way, value, isDraft) {
  const byKey = new Map(way.parts.map((part) => [part.key, part]));
  if (byKey.has("")) return byKey.get("").accepts(value) ? { "": value } : null;
  if (way.short && !isMap(value)) value = { [way.short]: value };
  if (!isMap(value)) return way.parts.length === 0 && value === way.value ? {} : null;
  const said = {};
  for (const [key, one] of Object.entries(value)) {
    if (key in way.fixed) {
      if (JSON.stringify(way.fixed[key]) !== JSON.stringify(one)) return null;
    } else if (byKey.has(key) && byKey.get(key).accepts(one)) said[key] = one;
    else return null;
  }
  const missing = (key) => !(key in value);
  if (Object.keys(way.fixed).some(missing)) return null;
  if (!isDraft && way.parts.some((part) => part.must && missing(part.key))) return null;
  return said;
}

function readLeaf(kind, value, kinds) {
  const ways = kinds.get(kind)?.ways ?? [];
  if (ways.length && value === null) return leaf(kind);
  // What a template leaves open is looked for last.
  for (const isDraft of [false, true]) {
    for (const [place, way] of ways.entries()) {
      const said = readWay(way, value, isDraft);
      if (said) return leaf(kind, place, said);
    }
  }
  return leaf(kind, 0, {}, value ?? null);
}

function readNode(rule, kinds) {
  const [key] = Object.keys(rule ?? {});
  if (key === undefined) return group();
  const value = rule[key];
  if (key === "all" || key === "any") return group(key, value.map((one) => readNode(one, kinds)));
  if (key !== "not") return readLeaf(key, value, kinds);
  const inner = readNode(value, kinds);
  if (inner.not) return group("all", [inner], true);
  inner.not = true;
  return inner;
}

// The whole is always a group, so that there is a place for the next condition.
export function read(rule, kinds) {
  const node = readNode(rule, kinds);
  return isGroup(node) ? node : group("all", [node]);
}

export const isMissing = (value) =>
  value === undefined || value === null || value === "" ||
  (Array.isArray(value) && (value.length === 0 || value.some(isMissing))) ||
  (isMap(value) && (Object.keys(value).length === 0 || Object.entries(value).some(([key, one]) => !key || isMissing(one))));

// What was begun has to be finished: a part that stands there empty would mean more people than one sees.
export function isFinished(node, kinds) {
  if (node.raw !== undefined) return true;
  const way = kinds.get(node.kind)?.ways[node.way];
  const isBegun = (part) => part.must || part.key in node.said || node.shown?.includes(part.key);
  return way !== undefined && way.parts.every((part) => !isBegun(part) || !isMissing(node.said[part.key]));
}

function writeLeaf(node, kinds) {
  if (node.raw !== undefined) return node.raw;
  const way = kinds.get(node.kind).ways[node.way];
  const only = way.parts.find((part) => part.key === "");
  if (only) return node.said[""];
  if (way.value !== undefined) return way.value;
  const value = {};
  for (const part of way.parts) if (!isMissing(node.said[part.key])) value[part.key] = node.said[part.key];
  const whole = { ...value, ...way.fixed };
  // `tag: vip` for `tag: {name: vip}`.
  return way.short && Object.keys(whole).length === 1 && way.short in whole ? whole[way.short] : whole;
}

// Returns the rule of a node. `places` learns which node stands at which path of it, and `open` which
// conditions are not finished: they are written as the empty rule, which fits nobody.
export function write(node, kinds, places = new Map(), open = [], path = []) {
  const at = node.not ? [...path, "not"] : path;
  let rule;
  if (isGroup(node)) {
    rule = { [node.op]: node.rules.map((one, place) => write(one, kinds, places, open, [...at, node.op, place])) };
  } else if (isFinished(node, kinds)) {
    rule = { [node.kind]: writeLeaf(node, kinds) };
  } else {
    open.push(node.id);
    rule = {};
  }
  for (const one of [path, at]) places.set(JSON.stringify(one), node.id);
  return node.not ? { not: rule } : rule;
}

// A single condition needs no group around it when it is stored.
export function writeWhole(root, kinds, places, open) {
  if (root.rules.length === 1 && !root.not && root.op === "all") {
    const rule = write(root.rules[0], kinds, places, open);
    if (Object.keys(rule).length) return rule;
    places?.clear();
    open?.splice(0);
  }
  return write(root, kinds, places, open);
}

// Returns the node that a fault is about: the deepest one above the place that it names.
export function nodeAt(path, places) {
  for (let length = path.length; length >= 0; length--) {
    const found = places.get(JSON.stringify(path.slice(0, length)));
    if (found) return found;
  }
  return null;
}

// ---- finding and changing -------------------------------------------------------------------------

export function find(root, id, parent = null) {
  if (root.id === id) return { node: root, parent, place: parent ? parent.rules.indexOf(root) : 0 };
  for (const inner of root.rules ?? []) {
    const found = find(inner, id, root);
    if (found) return found;
  }
  return null;
}

export const count = (node) => (isGroup(node) ? node.rules.reduce((sum, one) => sum + count(one), 1) : 1);

export function remove(root, id) {
  const { parent, place } = find(root, id);
  parent.rules.splice(place, 1);
}

export function moveTo(root, id, groupId, place) {
  const { node, parent, place: from } = find(root, id);
  if (isGroup(node) && find(node, groupId)) return false; // not into itself
  parent.rules.splice(from, 1);
  const goal = find(root, groupId).node;
  goal.rules.splice(parent === goal && from < place ? place - 1 : place, 0, node);
  return true;
}

// One step up or down as the page shows it: past a condition, into a group, or out of one.
export function step(root, id, by) {
  const { node, parent, place } = find(root, id);
  const neighbour = parent.rules[place + by];
  if (neighbour && isGroup(neighbour)) {
    parent.rules.splice(place, 1);
    neighbour.rules.splice(by > 0 ? 0 : neighbour.rules.length, 0, node);
    return true;
  }
  if (neighbour) {
    parent.rules[place] = neighbour;
    parent.rules[place + by] = node;
    return true;
  }
  const above = find(root, parent.id);
  if (!above.parent) return false;
  parent.rules.splice(place, 1);
  above.parent.rules.splice(above.place + (by > 0 ? 1 : 0), 0, node);
  return true;
}

export function wrap(root, id) {
  const { node, parent, place } = find(root, id);
  const made = group(parent.op === "all" ? "any" : "all", [node]);
  parent.rules[place] = made;
  return made;
}

export function copy(root, id) {
  const { node, parent, place } = find(root, id);
  const made = renumbered(node);
  parent.rules.splice(place + 1, 0, made);
  return made;
}

function renumbered(node) {
  const made = structuredClone(node);
  (function visit(one) {
    one.id = fresh();
    one.rules?.forEach(visit);
  })(made);
  return made;
}

// The inputs of a condition's parts: each says which values it can show, and tells every change.
import { h, icon } from "./dom.js";
import { picker } from "./picker.js";

const DURATION = /^(\d{1,6})([smhd])$/;
const RELATIVE = /^(?:today)?([+-])(\d{1,4})([dwmy])$/;
const ISO = /^\d{4}-\d\d-\d\d$/;

const AWAY = /^(?:today|([+-]?)(\d{1,3})d)$/;

const isMap = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value) => typeof value === "string";
const isNumber = (value) => typeof value === "number";
const isDay = (value) => isText(value) && (value === "today" || RELATIVE.test(value) || ISO.test(value));
const isOf = (check) => (value) => check(value) || (Array.isArray(value) && value.every(check));

const COMPARED = { at_least: 1, at_most: 1, more_than: 1, less_than: 1, exactly: 1 };

// Which stored values a part can show; what it cannot is shown as text.
export const ACCEPTS = {
  choice: () => isText,
  choices: () => isOf((value) => isText(value) || isNumber(value)),
  one: (part) => (value) => !part.options || part.options.some((option) => option.value === value),
  when: () => (value) => isMap(value) && Object.keys(value).length === 1 && ["within", "not_within"].includes(Object.keys(value)[0]) && isText(Object.values(value)[0]) && DURATION.test(Object.values(value)[0]),
  around: () => (value) => Array.isArray(value) && value.length === 2 && value.every((end) => isText(end) && AWAY.test(end)),
  text: () => isText,
  number: () => isNumber,
  duration: () => (value) => isText(value) && DURATION.test(value),
  day: () => isDay,
  time: () => isText,
  value: () => (value) => isText(value) || isNumber(value) || typeof value === "boolean",
  percent: () => isNumber,
  measure: () => (value) => typeof value === "object" && value !== null && Object.keys(value).length === 1 && Object.keys(value)[0] in COMPARED && isNumber(Object.values(value)[0]),
  span: () => (value) => Array.isArray(value) && value.length === 2 && value.every((end) => isNumber(end) || isDay(end)),
  filters: () => (value) => typeof value === "object" && value !== null && Object.values(value).every((one) => one === null || isOf((x) => isText(x) || isNumber(x) || typeof x === "boolean")(one)),
};

// context: { said, choices, words, label }
export function control(part, value, say, context) {
  return MAKE[part.control](part, value, say, { ...context, label: part.words || context.label });
}

function optionsOf(part, { choices, said }) {
  const all = part.options ?? choices[part.source] ?? [];
  const above = part.of.startsWith("=") ? [part.of.slice(1)] : [said[part.of]].flat();
  return part.of ? all.filter((one) => one.of === undefined || above.includes(one.of)) : all;
}

const placeholderOf = (part, words) => part.placeholder || words.choose;

function numberInput(value, say, { label, step = "any", min, max, name }) {
  const input = h("input.form-control.rb-number", { type: "number", inputmode: step === 1 ? "numeric" : "decimal", step, min, max, "aria-label": label, "data-role": name, value: value ?? "" });
  input.addEventListener("input", () => say(input.value === "" || Number.isNaN(input.valueAsNumber) ? undefined : input.valueAsNumber));
  return input;
}

function textInput(part, value, say, { label }) {
  const input = h("input.form-control.rb-typed", { type: "text", maxlength: part.max ?? 160, "aria-label": label, placeholder: part.placeholder ?? "", "data-role": part.key, value: value ?? "" });
  input.addEventListener("input", () => say(input.value === "" ? undefined : input.value));
  return input;
}

function select(options, value, say, { label, name }) {
  const made = h("select.form-select.rb-select", { "aria-label": label, "data-role": name },
    options.map((one, place) => h("option", { value: String(place), selected: one.value === value }, one.label)));
  made.addEventListener("change", () => say(options[Number(made.value)].value));
  return made;
}

function dayInput(value, say, { label, words, name }) {
  const found = isText(value) ? RELATIVE.exec(value) : null;
  const mode = found ? found[1] : value === "today" ? "today" : "date";
  const box = h("span.rb-joined");
  const modes = ["date", "today", "-", "+"].map((one) => ({ value: one, label: words.day_modes[one] }));
  const units = ["d", "w", "m", "y"].map((one) => ({ value: one, label: words.units[one] }));

  function draw(mode, from, focus = false) {
    const choose = select(modes, mode, (next) => {
      const start = { date: "", today: "today", "-": "-7d", "+": "+7d" }[next];
      say(start || undefined);
      draw(next, start, true);
    }, { label, name });
    const rest = [];
    if (mode === "date") {
      const date = h("input.form-control.rb-date", { type: "date", "aria-label": `${label}: ${words.day_modes.date}`, value: ISO.test(from ?? "") ? from : "" });
      date.addEventListener("input", () => say(date.value || undefined));
      rest.push(date);
    } else if (mode !== "today") {
      const [, , count, unit] = RELATIVE.exec(from);
      let now = { count: Number(count), unit };
      const tell = () => say(now.count === undefined ? undefined : `${mode}${now.count}${now.unit}`);
      rest.push(
        numberInput(now.count, (count) => { now = { ...now, count }; tell(); }, { label: `${label}: ${words.how_many}`, step: 1, min: 0, max: 9999 }),
        select(units, unit, (unit) => { now = { ...now, unit }; tell(); }, { label: `${label}: ${words.unit}` }),
      );
    }
    box.replaceChildren(choose, ...rest);
    if (focus) choose.focus();
  }
  draw(mode, value);
  return box;
}

function duration(part, value, say, { label, words }) {
  const found = isText(value) ? DURATION.exec(value) : null;
  let now = { count: found ? Number(found[1]) : undefined, unit: found?.[2] ?? "d" };
  const units = ["d", "h", "m", "s"].filter((one) => "dh".includes(one) || one === now.unit).map((one) => ({ value: one, label: words.spans[one] }));
  const tell = () => say(now.count ? `${now.count}${now.unit}` : undefined);
  return h("span.rb-joined", {},
    numberInput(now.count, (count) => { now = { ...now, count }; tell(); }, { label, step: 1, min: 1, max: 99999, name: part.key }),
    select(units, now.unit, (unit) => { now = { ...now, unit }; tell(); }, { label: `${label}: ${words.unit}` }));
}

const KINDS = ["text", "number", "day", "flag"];
const kindOf = (value) => (isNumber(value) ? "number" : typeof value === "boolean" ? "flag" : isDay(value) ? "day" : "text");

// The kind a field was seen with decides which input is offered first; another can be chosen.
function kindHint(part, { said, choices }) {
  const found = (choices.fields ?? []).find((one) => one.value === said[part.of]);
  return { kind: found?.kind ?? "text", values: found?.values ?? [] };
}

function typed(kind, value, say, context, values, name) {
  const { words, label } = context;
  if (kind === "number") return numberInput(isNumber(value) ? value : undefined, say, { label, name });
  if (kind === "day") return dayInput(isDay(value) ? value : undefined, say, { label, words, name });
  if (kind === "flag") return select([{ value: true, label: words.yes }, { value: false, label: words.no }], value, say, { label, name });
  return picker({ options: values, chosen: isText(value) ? value : undefined, free: true, label, placeholder: words.value, words, pick: say, name });
}

function valueInput(part, value, say, context) {
  const hint = kindHint(part, context);
  const allowed = part.kinds.length ? part.kinds : KINDS;
  if (!allowed.includes(hint.kind)) hint.kind = allowed[0];
  const kinds = allowed.map((one) => ({ value: one, label: context.words.kinds[one] }));
  const box = h("span.rb-joined.rb-value");
  function draw(kind, value, focus = false) {
    const choose = select(kinds, kind, (next) => {
      say(next === "flag" ? true : undefined);
      draw(next, next === "flag" ? true : undefined, true);
    }, { label: `${context.label}: ${context.words.kind}` });
    box.replaceChildren(choose, typed(kind, value, say, context, hint.values, part.key));
    if (focus) choose.focus();
  }
  const kind = value === undefined ? hint.kind : kindOf(value);
  if (value === undefined && kind === "flag") say(true);
  draw(kind, value === undefined && kind === "flag" ? true : value);
  return box;
}

function span(part, value, say, context) {
  const { words, label } = context;
  let ends = Array.isArray(value) ? [...value] : [undefined, undefined];
  const box = h("span.rb-joined.rb-span");
  const tell = () => say(ends.every((end) => end === undefined) ? undefined : [...ends]);
  const kinds = ["number", "day"].map((one) => ({ value: one, label: words.kinds[one] }));
  function draw(kind, focus = false) {
    const end = (place) => typed(kind, ends[place], (next) => { ends[place] = next; tell(); }, { words, label: `${label}: ${place ? words.to : words.from}` }, [], part.key);
    const choose = select(kinds, kind, (next) => {
      ends = [undefined, undefined];
      tell();
      draw(next, true);
    }, { label: `${label}: ${words.kind}` });
    box.replaceChildren(choose, end(0), h("span.rb-word", {}, words.to), end(1));
    if (focus) choose.focus();
  }
  const hinted = kindHint(part, context).kind === "day" ? "day" : "number";
  draw(ends[0] === undefined ? hinted : isNumber(ends[0]) ? "number" : "day");
  return box;
}

function measure(part, value, say, { label, words }) {
  const [way, number] = Object.entries(value ?? { at_least: undefined })[0];
  let now = { way, number };
  const tell = () => say(now.number === undefined ? undefined : { [now.way]: now.number });
  const ways = Object.keys(COMPARED).map((one) => ({ value: one, label: words.compared[one] }));
  return h("span.rb-joined", {},
    select(ways, way, (way) => { now = { ...now, way }; tell(); }, { label: `${label}: ${words.way}` }),
    numberInput(number, (number) => { now = { ...now, number }; tell(); }, { label, name: part.key }));
}

function when(part, value, say, { label, words }) {
  const [way, span] = Object.entries(value ?? { within: undefined })[0];
  let now = { way, span };
  const tell = () => say(now.span === undefined ? undefined : { [now.way]: now.span });
  const ways = ["within", "not_within"].map((one) => ({ value: one, label: words.whens[one] }));
  const inner = duration(part, span, (span) => { now = { ...now, span }; tell(); }, { label, words });
  return h("span.rb-joined", {}, select(ways, way, (way) => { now = { ...now, way }; tell(); }, { label: `${label}: ${words.way}` }), ...inner.childNodes);
}

// From so many days before or after today to so many.
function around(part, value, say, { label, words }) {
  const parse = (text, otherwise) => {
    const found = AWAY.exec(text ?? otherwise);
    return { count: Number(found[2] ?? 0), side: found[1] === "-" ? "-" : "+" };
  };
  const ends = [parse(value?.[0], "today"), parse(value?.[1], "+7d")];
  const tell = () => say(ends.every((end) => end.count !== undefined) ? ends.map((end) => (end.count ? `${end.side}${end.count}d` : "today")) : undefined);
  const sides = ["-", "+"].map((one) => ({ value: one, label: words.sides[one] }));
  const end = (place) => [
    numberInput(ends[place].count, (count) => { ends[place].count = count; tell(); }, { label: `${label}: ${place ? words.to : words.from}`, step: 1, min: 0, max: 180, name: part.key }),
    select(sides, ends[place].side, (side) => { ends[place].side = side; tell(); }, { label: `${label}: ${words.before_or_after}` })];
  if (value === undefined) tell();
  return h("span.rb-joined.rb-span", {}, h("span.rb-word", {}, words.from), ...end(0), h("span.rb-word", {}, words.to), ...end(1));
}

// What an event has to say of itself: rows of a name and values of which one has to fit.
function filters(part, value, say, context) {
  const { words, said, choices } = context;
  const rows = Object.entries(value ?? { "": undefined }).map(([name, one]) => [name || undefined, one ?? undefined]);
  const box = h("div.rb-filters");
  const names = optionsOf(part, { choices, said });
  const tell = () => {
    say(rows.length ? Object.fromEntries(rows.map(([name, one]) => [name ?? "", one === undefined || one.length === 0 ? null : one])) : undefined);
  };
  function draw(focusAt, which = 0) {
    box.replaceChildren(
      ...rows.map((row, place) =>
        h("span.rb-joined", {},
          picker({ options: names, chosen: row[0], free: true, label: words.property, placeholder: words.property, words, pick: (name) => { row[0] = name; tell(); draw(place, 1); } }),
          h("span.rb-word", {}, "="),
          picker({ options: choices[names.find((one) => one.value === row[0])?.values_of] ?? [], chosen: [row[1]].flat().filter((one) => one !== undefined), many: true, free: true, label: words.value, placeholder: words.value, words,
            pick: (list) => { row[1] = list.length === 1 ? sized(list[0]) : list.map(sized); tell(); } }),
          rows.length > 1 ? h("button.rb-off", { type: "button", "aria-label": words.remove, onclick: () => { rows.splice(place, 1); tell(); draw(); } }, icon("x")) : null)),
      h("button.rb-more", { type: "button", onclick: () => { rows.push([undefined, undefined]); draw(rows.length - 1); } }, `+ ${words.property}`),
    );
    if (focusAt !== undefined) box.querySelectorAll(".rb-joined")[focusAt]?.querySelectorAll("input")[which]?.focus();
  }
  draw();
  return box;
}

// Typed digits mean a number, as in a playbook; 007 is no number but what somebody is called.
const sized = (value) => (isText(value) && /^-?(?:0|[1-9]\d{0,14})$/.test(value) ? Number(value) : value);

const MAKE = {
  choice: (part, value, say, context) =>
    picker({ options: optionsOf(part, context), chosen: value, free: part.free, label: context.label, placeholder: placeholderOf(part, context.words), words: context.words, pick: say, name: part.key }),
  choices: (part, value, say, context) =>
    picker({ options: optionsOf(part, context), chosen: value === undefined ? [] : [value].flat(), many: true, free: part.free, label: context.label, placeholder: placeholderOf(part, context.words), words: context.words, name: part.key,
      pick: (list) => say(!list.length ? undefined : part.list || list.length > 1 ? list : list[0]) }),
  one: (part, value, say, context) => {
    const options = part.options ?? context.choices[part.options_of];
    if (value === undefined && part.must) say(options[0].value);
    return select(options, value ?? options[0].value, say, { label: context.label, name: part.key });
  },
  text: textInput,
  number: (part, value, say, context) => numberInput(value, say, { label: context.label, step: part.whole ? 1 : "any", min: part.min, max: part.max, name: part.key }),
  duration,
  day: (part, value, say, context) => dayInput(value, say, { label: context.label, words: context.words, name: part.key }),
  time: (part, value, say, context) => {
    const input = h("input.form-control.rb-date", { type: "time", "aria-label": context.label, "data-role": part.key, value: value ?? "" });
    input.addEventListener("input", () => say(input.value || undefined));
    return input;
  },
  value: valueInput,
  percent: (part, value, say, context) =>
    numberInput(value === undefined ? undefined : Math.round(value * 1000) / 10, (share) => say(share === undefined ? undefined : share / 100), { label: context.label, min: 1, max: 100, name: part.key }),
  measure,
  when,
  around,
  span,
  filters,
};

// A field that finds one or several of many choices by their label: a combobox as ARIA describes it.
import { dot, freshId, h, icon, told } from "./dom.js";

const MOST = 80;
const folded = (text) => text.normalize("NFKC").toLocaleLowerCase();

// options: [{ value, label, group?, colour?, hint?, icon? }]
// chosen:  a value, or a list of them when `many`
// free:    words that are no option may be taken too
// pick:    called with the new value, or list
export function picker({ options, chosen, many = false, free = false, label, placeholder, words, pick, escape, name }) {
  const listId = freshId("list");
  const known = new Map(options.map((one) => [one.value, one]));
  const labelOf = (value) => known.get(value)?.label ?? String(value);
  let values = many ? [...(chosen ?? [])] : [];
  let current = many ? undefined : chosen;
  let shown = [];
  let at = -1;

  const input = h("input.form-control.pick-input", {
    type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", "aria-label": label, "aria-autocomplete": "list",
    "aria-expanded": "false", "aria-controls": listId, placeholder: placeholder ?? "", "data-role": name,
  });
  const list = h("ul.pick-list", { id: listId, role: "listbox", "aria-label": label, hidden: true });
  const mark = h("span.pick-mark");
  const box = h("div.pick", many ? { class: "pick is-many" } : {}, mark, input, list);

  function drawChosen() {
    if (!many) {
      const one = known.get(current);
      mark.replaceChildren(...(one?.colour ? [dot(one.colour)] : []));
      box.classList.toggle("has-mark", Boolean(one?.colour));
      input.value = current === undefined || current === "" ? "" : labelOf(current);
      box.classList.toggle("is-unknown", current !== undefined && current !== "" && !one && !free);
      return;
    }
    box.querySelectorAll(".pick-chip").forEach((chip) => chip.remove());
    const chips = values.map((value) =>
      h("span.tag-chip.pick-chip", {}, known.get(value)?.colour ? dot(known.get(value).colour) : null, h("bdi", {}, labelOf(value)),
        h("button.pick-off", { type: "button", "aria-label": told(words.take_off, { what: labelOf(value) }), onclick: () => drop(value) }, icon("x"))));
    input.before(...chips);
    input.value = "";
  }

  // Whoever types what a choice is called and goes on means that choice.
  function meant(typed) {
    return options.find((one) => one.label === typed)?.value ?? typed;
  }

  function drop(value) {
    values = values.filter((one) => one !== value);
    drawChosen();
    pick([...values]);
    input.focus();
  }

  function take(value) {
    if (many) {
      if (!values.includes(value)) values.push(value);
      drawChosen();
      close();
      pick([...values]);
    } else {
      current = value;
      close();
      drawChosen();
      pick(value);
    }
  }

  function matching() {
    const wanted = folded(input.value.trim());
    const isAsIs = !many && current !== undefined && input.value === labelOf(current);
    const left = many ? options.filter((one) => !values.includes(one.value)) : options;
    if (!wanted || isAsIs) return left;
    const rank = (one) => {
      const [label, value] = [folded(one.label), folded(String(one.value))];
      if (label.startsWith(wanted)) return 0;
      if (label.includes(wanted)) return 1;
      return value.includes(wanted) || folded(one.group ?? "").includes(wanted) ? 2 : 3;
    };
    return [0, 1, 2].flatMap((wantedRank) => left.filter((one) => rank(one) === wantedRank));
  }

  function draw() {
    const found = matching();
    shown = found.slice(0, MOST).map((one) => ({ ...one }));
    const typed = input.value.trim();
    if (free && typed && !known.has(typed) && !shown.some((one) => one.label === typed)) {
      shown.push({ value: typed, label: told(words.use_as_is, { what: typed }) });
    }
    const rows = [];
    let group;
    const isSearch = typed !== "" && typed !== (current === undefined ? "" : labelOf(current));
    shown.forEach((one, place) => {
      if (one.group && one.group !== group && !isSearch) rows.push(h("li.pick-group", { role: "presentation" }, one.group));
      group = one.group;
      rows.push(h("li.pick-option", { role: "option", id: `${listId}-${place}`, "data-place": place, "aria-selected": String(one.value === current) },
        one.icon ? icon(one.icon) : null, one.colour ? dot(one.colour) : null, h("bdi", {}, one.label), one.hint ? h("small.quiet", {}, one.hint) : null));
    });
    if (found.length > MOST) rows.push(h("li.pick-more", { role: "presentation" }, told(words.more, { count: found.length - MOST })));
    if (!shown.length) rows.push(h("li.pick-more", { role: "presentation" }, words.nothing_found));
    list.replaceChildren(...rows);
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    point(shown.length && (typed || !free) ? Math.max(0, shown.findIndex((one) => one.value === current)) : -1);
    fit();
  }

  // Above the field where there is no room below it.
  function fit() {
    const place = input.getBoundingClientRect();
    const below = window.innerHeight - place.bottom;
    box.classList.toggle("is-above", below < 220 && place.top > below);
  }

  function point(place) {
    at = place;
    list.querySelectorAll(".pick-option").forEach((row) => row.classList.toggle("is-at", Number(row.dataset.place) === at));
    const row = list.querySelector(".is-at");
    row?.scrollIntoView({ block: "nearest" });
    if (row) input.setAttribute("aria-activedescendant", row.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function close() {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  input.addEventListener("focus", () => !many && input.select());
  input.addEventListener("click", draw);
  input.addEventListener("input", draw);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // Enter takes a syllable first
    if (event.altKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) return draw();
      const by = event.key === "ArrowDown" ? 1 : -1;
      if (shown.length) point((at + by + shown.length) % shown.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (!list.hidden && shown[at]) take(shown[at].value);
      else if (free && input.value.trim()) take(meant(input.value.trim()));
      else if (list.hidden) draw();
    } else if (event.key === "Escape") {
      if (!list.hidden) {
        event.stopPropagation();
        close();
        drawChosen();
      }
      escape?.();
    } else if (event.key === "Backspace" && many && !input.value && values.length) {
      drop(values.at(-1));
    }
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const row = event.target.closest(".pick-option");
    if (row) take(shown[Number(row.dataset.place)].value);
  });
  box.addEventListener("focusout", (event) => {
    if (box.contains(event.relatedTarget)) return;
    const typed = input.value.trim();
    if (free && typed && (many || typed !== (current === undefined ? "" : labelOf(current)))) take(meant(typed));
    close();
    drawChosen();
  });

  drawChosen();
  return box;
}

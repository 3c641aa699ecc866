// Brings a list in the page in line with a newer one from the server, touching only what differs, so that
// what is being read, listened to or focused stays as it is.

/** Make the children of `list` those of `fresh`: by id, and anew where `data-v` differs. Returns what was added. */
export function reconcile(list, fresh) {
  const added = [];
  let place = list.firstElementChild;
  for (const wanted of [...fresh.children]) {
    const known = wanted.id ? list.querySelector(`:scope > #${CSS.escape(wanted.id)}`) : null;
    let element = known;
    if (!known) {
      element = wanted;
      added.push(element);
    } else if (known.dataset.v !== wanted.dataset.v) {
      if (place === known) place = wanted;
      replaceKeeping(known, wanted);
      element = wanted;
    }
    if (element !== place) list.insertBefore(element, place);
    else place = place.nextElementSibling;
  }
  while (place) {
    const next = place.nextElementSibling;
    place.remove();
    place = next;
  }
  for (const element of list.children) window.htmx?.process(element);
  return added;
}

/** Replace a part of the page if it differs, keeping what is typed, focused and unfolded in it. */
export function renew(id, source) {
  const old = document.getElementById(id);
  const fresh = source.querySelector(`#${CSS.escape(id)}`);
  if (!old || !fresh || old.dataset.v === fresh.dataset.v) return false;
  replaceKeeping(old, fresh);
  window.htmx?.process(fresh);
  return true;
}

const nameOf = (element) => element.id || (element.name ? `${element.form?.dataset.write ?? ""}/${element.name}` : "");

function replaceKeeping(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const [start, end] = focused?.tagName === "TEXTAREA" ? [focused.selectionStart, focused.selectionEnd] : [];
  const typed = new Map([...old.querySelectorAll("textarea")].map((each) => [nameOf(each), each.value]));
  const unfolded = [...old.querySelectorAll("details[open][id]")].map((each) => each.id);
  const scrolled = old.scrollTop;
  const wasLink = focused?.closest("a[data-row]") !== null;
  old.replaceWith(fresh);
  for (const each of fresh.querySelectorAll("textarea")) each.value = typed.get(nameOf(each)) ?? each.value;
  for (const id of unfolded) fresh.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  fresh.scrollTop = scrolled;
  if (!focused) return;
  const again = wasLink
    ? fresh.querySelector("a[data-row]")
    : [...fresh.querySelectorAll("textarea, input, select, button, summary")].find(
        (each) => nameOf(each) && nameOf(each) === nameOf(focused),
      );
  again?.focus({ preventScroll: true });
  if (again?.tagName === "TEXTAREA" && start !== undefined) again.setSelectionRange(start, end);
}

/** Fetch HTML from our own server as a detached element; null when there is none, or no connection. */
export async function fetchPart(url) {
  const holder = document.createElement("template");
  try {
    const response = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (response.status === 401) return { state: "signed out", part: null };
    if (!response.ok || response.status === 204) return { state: response.status, part: null };
    holder.innerHTML = await response.text(); // a connection may end in the middle of it, too
  } catch {
    return { state: "offline", part: null };
  }
  return { state: "ok", part: holder.content };
}

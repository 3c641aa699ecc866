// A button that copies what an element says: <button data-copy="ID" data-copied="Copied">.
// Where the browser gives no clipboard (a page without HTTPS), the text is selected, ready for Ctrl-C.
"use strict";

const STAYS_MS = 2500;

function select(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = window.getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

async function copied(element) {
  try {
    await navigator.clipboard.writeText(element.textContent.trim());
    return true;
  } catch {
    select(element);
    return document.execCommand?.("copy") ?? false;
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button || !(await copied(document.getElementById(button.dataset.copy)))) return;
  const words = button.querySelector("span");
  const before = words.textContent;
  const status = document.querySelector("[data-copy-status]");
  words.textContent = status.textContent = button.dataset.copied;
  window.setTimeout(() => {
    words.textContent = before;
  }, STAYS_MS);
});

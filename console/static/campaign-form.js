// Placeholders go in where the cursor was last, in the step whose button is pressed.
let last = null;

document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("[data-steps] textarea")) last = event.target;
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  const step = button.closest(".step");
  const area = step.contains(last) ? last : step.querySelector("textarea");
  area.focus();
  area.setRangeText(button.dataset.insert, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener("signed-in", () => document.body.dispatchEvent(new CustomEvent("looks")));

// Steps that came or went are drawn anew.
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail?.ctx?.target?.id === "steps") document.body.dispatchEvent(new CustomEvent("looks"));
});

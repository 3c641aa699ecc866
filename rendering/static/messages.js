// Applies the looks that a strict content security policy does not let stand in `style=`.
// The server has checked every declaration; the names are checked once more here.

const NAMES = new Set([
  "color", "background-color", "background-image", "border-color", "border-top-color", "border-width",
  "border-radius", "width", "height", "max-width", "max-height", "aspect-ratio", "flex", "font-size",
  "line-height", "-webkit-line-clamp", "margin-top", "margin-inline-start", "padding", "padding-top",
  "padding-bottom", "padding-inline-start", "padding-inline-end", "top", "bottom", "left", "right",
]);

/** Apply the declared looks of everything under an element. */
export function applyLooks(root) {
  for (const element of root.querySelectorAll("[data-ln-style]")) {
    for (const declaration of element.dataset.lnStyle.split(";")) {
      const colon = declaration.indexOf(":");
      const name = declaration.slice(0, colon);
      if (NAMES.has(name)) element.style.setProperty(name, declaration.slice(colon + 1));
    }
    element.removeAttribute("data-ln-style");
  }
}

/** Apply looks now, and to whatever is added to the page later. */
export function watchLooks(root = document.body) {
  applyLooks(root);
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const added of change.addedNodes) {
        if (added.nodeType === Node.ELEMENT_NODE) applyLooks(added.parentNode ?? added);
      }
    }
  }).observe(root, { childList: true, subtree: true });
}

watchLooks();

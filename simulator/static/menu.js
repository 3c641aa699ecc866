// The rich menu: a picture with areas to tap, under a bar that opens and closes it.

const bar = document.getElementById("menu-bar");
const panel = document.getElementById("menu-panel");
let drawnId = "";

/** Show the menu of a screen, or none. `onTap` gets the action of an area. */
export function drawMenu(menu, isOpen, onTap) {
  bar.hidden = menu === null;
  panel.hidden = menu === null || !isOpen;
  bar.setAttribute("aria-expanded", String(menu !== null && isOpen));
  if (menu === null) {
    drawnId = "";
    return;
  }
  bar.textContent = menu.bar;
  if (drawnId === menu.id) return;
  drawnId = menu.id;
  const picture = document.createElement("img");
  picture.src = menu.picture;
  picture.alt = "";
  const frame = document.createElement("div");
  frame.className = "menu-frame";
  frame.style.setProperty("aspect-ratio", menu.ratio);
  frame.append(picture);
  for (const area of menu.areas) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "menu-area";
    button.setAttribute("aria-label", area.label);
    for (const side of ["left", "top", "width", "height"]) button.style.setProperty(side, `${area[side]}%`);
    button.addEventListener("click", () => onTap(area.action, button));
    frame.append(button);
  }
  panel.replaceChildren(frame);
}

// Before anything is drawn, so that no page flashes in the other colours.
{
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const choose = () => document.documentElement.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  dark.addEventListener("change", choose);
  choose();
}

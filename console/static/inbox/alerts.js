// How somebody who looks elsewhere learns that a customer waits: a number in the title, a sound, a notice.

const QUIET_MS = 2000;
let soundedAt = 0;

/** Show how many wait, in the title and beside the navigation. */
export function count(unread) {
  const words = document.title.replace(/^\(\d+\) /, "");
  const title = unread > 0 ? `(${unread}) ${words}` : words;
  if (document.title !== title) document.title = title;
  const badge = document.getElementById("inbox-count");
  if (badge) {
    badge.textContent = String(unread);
    badge.hidden = unread === 0;
  }
}

/** Ring, and show a notice of the browser's, as the user wishes. */
export function ring(inbox, { name, url }) {
  if (Date.now() - soundedAt < QUIET_MS) return;
  soundedAt = Date.now();
  if ("sound" in inbox.dataset) {
    // Before the first click in the page a browser plays nothing; the number in the title is there anyway.
    new Audio(inbox.dataset.chime).play().catch(() => {});
  }
  if (!("notify" in inbox.dataset) || !document.hidden || !("Notification" in window)) return;
  if (Notification.permission !== "granted") return;
  const notice = new Notification(inbox.dataset.wordsNew, { body: name, tag: url });
  notice.onclick = () => {
    window.focus();
    document.querySelector(`[data-row="${CSS.escape(url)}"]`)?.click();
    notice.close();
  };
}

/** Ask the browser once, at the first click, for those who want notices. */
export function askForNotices(inbox) {
  if (!("notify" in inbox.dataset) || !("Notification" in window) || Notification.permission !== "default") return;
  document.addEventListener("click", () => Notification.requestPermission(), { once: true });
}

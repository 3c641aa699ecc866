// News from the server on every page, and what somebody who looks elsewhere learns of them: the number of
// customers who wait for this person in the title, a sound, a notice. Pages hear of everything as events:
//   news         ids of what has changed, or { all: true }: look at everything anew
//   news:state   "on" or "off": whether there is a connection
// A page that has changed something itself says `news:mine`, and the number is looked up at once.

const holder = document.getElementById("news");
const me = document.querySelector('meta[name="me"]')?.content ?? "";
const isInbox = document.getElementById("inbox") !== null;
const LEAVING_MS = 500;
const EVERYTHING = { all: true, contacts: [], tickets: [] };
const tellPage = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// ---- the number -----------------------------------------------------------------------------------

function count(unread) {
  const words = document.title.replace(/^\(\d+\) /, "");
  const title = unread > 0 ? `(${unread}) ${words}` : words;
  if (document.title !== title) document.title = title;
  for (const badge of document.querySelectorAll("[data-unread]")) {
    badge.textContent = String(unread);
    badge.hidden = unread === 0;
  }
}

// ---- the sound and the notice ---------------------------------------------------------------------

const QUIET_MS = 2000;
const PLAYS_WITHIN_MS = 1500;
const LOOKED_AT_FIRST_MS = 300;
const BOOK = "tagline";
const SHELF = "told";
const tried = new Set();
let book;
let toldHere = null;

// A tab that is granted a lock may see the localStorage of before: what another has written there comes some time
// after the lock. A transaction of IndexedDB that begins when another has ended sees what that one wrote.
function toldBook() {
  const opening = indexedDB.open(BOOK);
  opening.onupgradeneeded = () => opening.result.createObjectStore(SHELF);
  return answerOf(opening);
}

function answerOf(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

async function read() {
  try {
    book ??= toldBook();
    return (await answerOf((await book).transaction(SHELF).objectStore(SHELF).get(me))) ?? null;
  } catch {
    return toldHere; // a browser that keeps nothing: this page remembers
  }
}

async function keep(told) {
  toldHere = told;
  try {
    const turn = (await book).transaction(SHELF, "readwrite");
    turn.objectStore(SHELF).put(told, me);
    await new Promise((done) => { turn.oncomplete = turn.onabort = done; });
  } catch {
    // As above.
  }
}

/** Tell of customers who have begun to wait: once, by whichever tab of this browser can make itself heard. */
async function tellOf({ waiting, askedAt }) {
  if (document.hidden) await pause(LOOKED_AT_FIRST_MS);
  const alone = navigator.locks ? (work) => navigator.locks.request("tagline-ring", work) : (work) => work();
  await alone(async () => {
    const told = await read();
    const keys = waiting.map((one) => one.key);
    if (told === null) {
      await keep({ keys, askedAt, at: 0 }); // who waited before the first page was opened is on it
      return;
    }
    if (askedAt < told.askedAt && told.askedAt <= Date.now()) return; // another tab knows more by now
    const kept = keys.filter((key) => told.keys.includes(key));
    const fresh = waiting.filter((one) => !kept.includes(one.key) && !tried.has(one.key));
    let at = told.at;
    if (fresh.length) {
      const isRung = Date.now() - at < QUIET_MS || (await ring());
      const isShown = notify(fresh[0]);
      if (isRung) at = Math.max(at, Date.now());
      if (isRung || isShown || !("sound" in holder.dataset)) kept.push(...fresh.map((one) => one.key));
      else for (const one of fresh) tried.add(one.key);
    }
    await keep({ keys: kept, askedAt, at });
  });
}

/** Ring; false if it is not wanted, or this page may not: before the first click in it a browser plays nothing. */
async function ring() {
  if (!("sound" in holder.dataset)) return false;
  const played = new Audio(holder.dataset.chime).play().then(() => true, () => false);
  return Promise.race([played, pause(PLAYS_WITHIN_MS).then(() => false)]);
}

function notify({ name, ticket, url }) {
  if (!("notify" in holder.dataset) || !document.hidden || !("Notification" in window)) return false;
  if (Notification.permission !== "granted") return false;
  let notice;
  try {
    notice = new Notification(holder.dataset.wordsNew, { body: name, tag: ticket });
  } catch {
    return false; // Chrome on Android knows the word and refuses it to pages; the sound is all it has
  }
  notice.onclick = () => {
    window.focus();
    const row = document.querySelector(`[data-row="${CSS.escape(ticket)}"]`);
    if (row) row.click();
    else location.assign(url);
    notice.close();
  };
  return true;
}

// Ask the browser once, at the first click, for those who want notices.
if ("notify" in holder.dataset && "Notification" in window && Notification.permission === "default") {
  document.addEventListener("click", () => Notification.requestPermission(), { once: true });
}

// ---- who waits ------------------------------------------------------------------------------------

const LOOK_APART_MS = 1100;
let lookedAt = -Infinity;
let isLooking = false;
let lookAgain;

/** Learn who waits for this person, and tell the browser's other tabs: not more often than about once a second. */
async function look() {
  clearTimeout(lookAgain);
  const left = lookedAt + LOOK_APART_MS - performance.now();
  if (isLooking || left > 0) {
    lookAgain = setTimeout(look, Math.max(left, 100));
    return;
  }
  isLooking = true;
  const askedAt = Date.now();
  lookedAt = performance.now();
  try {
    const found = await ask(holder.dataset.waiting);
    if (found.status === 200) {
      const seen = { ...(await found.json()), askedAt };
      show(seen);
      relay?.postMessage({ seen, me });
    }
  } catch {
    // No connection: what comes with the next news says how it is.
  }
  isLooking = false;
}

function show(seen) {
  count(seen.unread);
  tellOf(seen);
}

async function ask(url) {
  while (isLeaving()) await pause(LEAVING_MS);
  return fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
}

// ---- the news -------------------------------------------------------------------------------------
// One tab of a browser listens for all of them, because a browser opens six connections to a server and no
// more, and the server keeps 64 streams; where tabs cannot agree, and when the server has no room for another
// stream, the tab asks every few seconds.

const ASK_EVERY_MS = 3000;
const TRY_STREAM_AFTER_MS = 60000;
const FIRST_WORD_MS = 1000;
const OFFLINE_AFTER_MS = 5000;
/** Who only passes through a page opens no stream: the server gives its place away seconds later. */
const STAYS_AFTER_MS = isInbox ? 0 : 2500;
const CHANNEL = "tagline-news";
const relay = "BroadcastChannel" in window ? new BroadcastChannel(CHANNEL) : null;
let hasHeard = false;
let after = "";

function hear(news) {
  hasHeard = true;
  tellPage("news", news);
}

/** Tell what this tab has been told first, to itself and to the others. */
function spread(news) {
  hear(news);
  if (navigator.locks) relay?.postMessage({ news });
  if (news.all || news.tickets.length) look();
}

if (relay) {
  relay.onmessage = ({ data }) => {
    if (data.news) hear(data.news);
    if (data.seen && data.me === me) show(data.seen);
  };
}

/** Listen until nobody is signed in any more. */
async function follow() {
  await pause(STAYS_AFTER_MS);
  for (;;) {
    await stream();
    if (!(await askUntil(Date.now() + TRY_STREAM_AFTER_MS))) return;
  }
}

/** Follow a stream until it is refused or the page is left: one that only ended comes again by itself. */
function stream() {
  return new Promise((done) => {
    let lost;
    const url = holder.dataset.stream;
    const source = new EventSource(after ? `${url}?after=${encodeURIComponent(after)}` : url);
    const leave = () => {
      document.removeEventListener("leaving", leave);
      source.close();
      done();
    };
    document.addEventListener("leaving", leave);
    source.onopen = () => {
      clearTimeout(lost);
      tellPage("news:state", "on");
    };
    source.onmessage = (event) => {
      const news = JSON.parse(event.data);
      after = news.after;
      spread(news);
    };
    source.onerror = () => {
      clearTimeout(lost);
      if (source.readyState === EventSource.CLOSED) leave();
      else lost = setTimeout(() => tellPage("news:state", "off"), OFFLINE_AFTER_MS);
    };
  });
}

/** Ask every few seconds; false as soon as nobody is signed in any more. */
async function askUntil(until) {
  while (Date.now() < until) {
    try {
      const answer = await ask(`${holder.dataset.news}?after=${encodeURIComponent(after)}`);
      tellPage("news:state", "on");
      if (answer.status === 401 || answer.status === 403) {
        hear(EVERYTHING); // the inbox asks for the password again; others do when something is done in them
        return false;
      }
      if (answer.status === 200) {
        const news = await answer.json();
        after = news.after;
        spread(news);
      }
    } catch {
      tellPage("news:state", "off");
    }
    await pause(ASK_EVERY_MS);
  }
  return true;
}

// Held for as long as this tab lives and is signed in; the next tab in the queue then takes over. Browsers know
// locks over HTTPS and on this machine only.
if (navigator.locks && relay) navigator.locks.request(CHANNEL, follow);
else askUntil(Infinity);
document.addEventListener("news:mine", look);
look();
// What happened while this page was on its way, another tab has told already.
setTimeout(() => hasHeard || hear(EVERYTHING), FIRST_WORD_MS);

// News from the server: ids of what has changed. One tab of a browser listens for all of them, because a
// browser opens six connections to a server and no more; where tabs cannot agree, and when the server has
// no room for another stream, the tab asks every few seconds.

const ASK_EVERY_MS = 3000;
const TRY_STREAM_AFTER_MS = 60000;
const FIRST_WORD_MS = 1000;
const OFFLINE_AFTER_MS = 5000;
const CHANNEL = "tagline-news";

/** Call `tell(news)` whenever something has changed; `state("on" | "off")` says whether we are connected. */
export function listen({ stream, news, tell, state }) {
  const relay = "BroadcastChannel" in window ? new BroadcastChannel(CHANNEL) : null;
  let hasHeard = false;
  const hears = (told) => {
    hasHeard = true;
    tell(told);
  };
  const spread = (told) => {
    hears(told);
    relay?.postMessage(told);
  };
  if (relay) relay.onmessage = (event) => hears(event.data);
  // What happened while this page was on its way, another tab has told already.
  setTimeout(() => hasHeard || hears({ all: true, contacts: [], tickets: [] }), FIRST_WORD_MS);
  const follow = () => new Promise(() => hear({ stream, news, tell: spread, state }).open());
  // Held for as long as this tab lives; the next tab in the queue then takes over. Browsers know locks over
  // HTTPS and on this machine only.
  if (navigator.locks && relay) navigator.locks.request(CHANNEL, follow);
  else hear({ stream, news, tell: hears, state }).ask(Infinity);
}

function hear({ stream, news, tell, state }) {
  let after = "";
  let lost;
  const open = () => {
    const source = new EventSource(after ? `${stream}?after=${encodeURIComponent(after)}` : stream);
    source.onopen = () => {
      clearTimeout(lost);
      state("on");
    };
    source.onmessage = (event) => {
      const told = JSON.parse(event.data);
      after = told.after;
      tell(told);
    };
    source.onerror = () => {
      // A stream that ended comes again by itself; one that was refused does not.
      clearTimeout(lost);
      if (source.readyState !== EventSource.CLOSED) {
        lost = setTimeout(() => state("off"), OFFLINE_AFTER_MS);
        return;
      }
      ask(Date.now() + TRY_STREAM_AFTER_MS);
    };
  };
  const ask = async (until) => {
    while (Date.now() < until) {
      await askOnce();
      await new Promise((done) => setTimeout(done, ASK_EVERY_MS));
    }
    open();
  };
  const askOnce = async () => {
    try {
      const response = await fetch(`${news}?after=${encodeURIComponent(after)}`, {
        headers: { "HX-Request": "true" },
        credentials: "same-origin",
      });
      state("on");
      if (response.status === 401) tell({ all: true, contacts: [], tickets: [] });
      if (response.status !== 200) return;
      const told = await response.json();
      after = told.after;
      tell(told);
    } catch {
      state("off");
    }
  };
  return { open, ask };
}

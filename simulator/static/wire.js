// Talking to the simulator.

export async function read(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/** Let a person act; what a phone would not allow is returned as a sentence. */
export async function act(userId, name, given = {}) {
  const response = await fetch(`/sim/persons/${userId}/${name}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(given),
  });
  if (response.ok) return "";
  const told = await response.json().catch(() => ({}));
  return told.message ?? `The simulator said ${response.status}`;
}

export async function addPerson(name, language) {
  const response = await fetch("/sim/persons", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name, language }),
  });
  return response.json();
}

/** Call back with every pulse of the simulator: live where possible, by asking where not. */
export function listen(onPulse) {
  let asking = null;
  const ask = () => read("/page/pulse").then(onPulse, () => onPulse(null));
  if (!window.EventSource) return void setInterval(ask, 1500);
  const source = new EventSource("/page/stream");
  source.onmessage = (event) => {
    clearInterval(asking);
    asking = null;
    onPulse(JSON.parse(event.data));
  };
  source.onerror = () => {
    // The stream ends by itself now and then and the browser takes it up again; ask meanwhile.
    asking ??= setInterval(ask, 1500);
  };
}

let hiding;
export function toast(text) {
  if (!text) return;
  const box = document.getElementById("toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { box.hidden = true; }, 4000);
}

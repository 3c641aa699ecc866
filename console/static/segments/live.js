// Asks what a rule means while it is written: a moment after the last change, and never two at once.

const WAIT_MS = 250;

export class Live {
  #page;
  #panel = document.getElementById("rb-panel");
  #bar = document.getElementById("rb-bar");
  #words = document.getElementById("rb-words");
  #textFaults = document.getElementById("rb-text-faults");
  #text = document.getElementById("rb-text");
  #answered;
  #timer = 0;
  #asking = null;

  constructor(page, { answered }) {
    this.#page = page;
    this.#answered = answered;
  }

  ask(said) {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#busy(true);
    this.#timer = setTimeout(() => this.now(said), WAIT_MS);
  }

  // Returns the answer; null when a later question took its place, or none came.
  async now(said) {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    const form = new FormData();
    for (const [name, value] of Object.entries(said)) form.set(name, value);
    form.set("consent", document.getElementById("rb-consent")?.value ?? "");
    form.set("segment", this.#page.dataset.segment ?? "");
    let answer;
    try {
      const response = await fetch(this.#page.dataset.try, {
        method: "POST", body: form, signal: asking.signal,
        headers: { "X-CSRFToken": document.querySelector('meta[name="csrf-token"]')?.content ?? "", Accept: "application/json", "HX-Request": "true" },
      });
      if (response.status === 401) document.dispatchEvent(new CustomEvent("signed-out"));
      if (!response.ok) throw new Error(String(response.status));
      answer = await response.json();
    } catch (error) {
      if (error.name === "AbortError") return null;
      this.#busy(false);
      this.#panel.classList.add("is-lost");
      return null;
    }
    this.#asking = null;
    this.#show(answer);
    return answer;
  }

  #show(answer) {
    this.#busy(false);
    this.#panel.classList.remove("is-lost");
    this.#panel.querySelector("[data-numbers]").innerHTML = answer.panel; // made by our own template
    this.#bar.textContent = answer.brief;
    this.#words.textContent = answer.sentence;
    this.#textFaults.replaceChildren(...answer.faults.map((fault) => {
      const item = document.createElement("li");
      item.textContent = fault.line ? `${fault.line}: ${fault.words}` : fault.words;
      return item;
    }));
    if (answer.rule && !answer.faults.length) delete this.#text.dataset.faulty;
    else this.#text.dataset.faulty = "1";
    this.#answered(answer);
  }

  #busy(is) {
    this.#panel.setAttribute("aria-busy", String(is));
  }
}

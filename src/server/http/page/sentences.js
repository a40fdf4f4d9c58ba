// Sentences of a result: each is a control that lights its places in the source, and opens. One of them is in the tab order; arrow
// keys go to the others.
import { make } from "./element.js";
import { findings } from "./findings.js";

let lit;

/** Lights one sentence and its places in the source, and no other. */
export function light(sentence) {
  if (sentence === lit) return;
  const paint = (one, on) => [one?.element, ...(one?.places ?? [])].forEach((part) => part?.classList.toggle("lit", on));
  paint(lit, false);
  paint(sentence, true);
  lit = sentence;
}

/** The sentences in one element of the page. `open` is called with the sentence that the reader asks for. */
export class Sentences {
  all = [];
  #box;
  #open;
  #of = new WeakMap(); // from their elements
  #stop; // the one in the tab order

  constructor(box, open) {
    this.#box = box;
    this.#open = open;
    const of = ({ target }) => this.#of.get(target.closest?.(".sentence"));
    box.addEventListener("pointerover", (event) => light(of(event)));
    box.addEventListener("pointerleave", () => light(of({ target: document.activeElement })));
    box.addEventListener("focusin", (event) => this.#enter(of(event)));
    box.addEventListener("click", (event) => {
      // A click at the end of a selection only selects.
      if (getSelection().isCollapsed && of(event)) open(of(event));
    });
    box.addEventListener("keydown", (event) => this.#key(event, of(event)));
  }

  clear() {
    if (this.all.includes(lit)) light(undefined);
    this.all = [];
    this.#box.replaceChildren();
  }

  /** White space or markup between sentences. */
  between(text) {
    this.#box.append(text.trim() ? make("span", "markup", text) : text);
  }

  /** Adds a sentence of a Segment or SummarySentence: `text` is its own, `ranges` are its places in the source, in bytes. */
  add(text, message, ranges) {
    const element = make("span", "sentence");
    element.role = "button";
    element.tabIndex = this.all.length ? -1 : 0;
    element.setAttribute("aria-haspopup", "dialog");
    const sentence = { element, text, original: text, message, ranges, findings: findings(message), places: [] };
    this.all.push(sentence);
    this.#of.set(element, sentence);
    if (this.all.length === 1) this.#stop = element;
    this.write(sentence, text);
    this.#box.append(element);
    return sentence;
  }

  /** Writes the text of a sentence, and underlines what its findings found in it, or else all of it. */
  write(sentence, text) {
    const { element } = sentence;
    const doubts = text === sentence.original ? sentence.findings : [];
    const places = doubts.map(({ found }) => place(text, found)).filter((found) => found);
    element.replaceChildren();
    let at = 0;
    for (const { start, end } of places.sort((a, b) => a.start - b.start)) {
      if (start < at) continue;
      element.append(text.slice(at, start), make("span", "doubt", text.slice(start, end)));
      at = end;
    }
    element.append(text.slice(at));
    element.classList.toggle("doubt", doubts.length > 0 && places.length === 0);
    sentence.text = text;
  }

  #enter(sentence) {
    if (!sentence) return;
    this.#stop.tabIndex = -1;
    this.#stop = sentence.element;
    this.#stop.tabIndex = 0;
    light(sentence);
  }

  #key(event, sentence) {
    if (!sentence || event.altKey || event.ctrlKey || event.metaKey) return;
    const at = this.all.indexOf(sentence);
    const last = this.all.length - 1;
    const next = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: last }[event.key];
    if (event.key === "Enter" || event.key === " ") this.#open(sentence);
    else if (next === undefined) return;
    else this.all[Math.min(Math.max(next, 0), last)].element.focus();
    event.preventDefault();
  }
}

/** Where these words stand in the text, if they stand there once and as whole words. */
function place(text, found) {
  if (!found) return undefined;
  const start = text.indexOf(found);
  const end = start + found.length;
  const inWord = (at) => /[\p{L}\p{N}]{2}/u.test(text.slice(at - 1, at + 1));
  if (start < 0 || text.indexOf(found, start + 1) >= 0 || inWord(start) || inWord(end)) return undefined;
  return { start, end };
}

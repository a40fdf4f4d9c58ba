// The card of a sentence: its source, what the checks found, and other translations, one of which may take its place.
import { call } from "./calls.js";
import { describe } from "./findings.js";
import { knows, say } from "./say.js";

/** How many other translations are asked for. */
const ALTERNATIVES = 4;

const make = (tag, name, text) => {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
};

export class Card {
  #box;
  #source;
  #wanted; // the call for alternatives
  #opened; // the sentence whose card is open

  /** `box` is a popover; `source` the pane of the text. */
  constructor(box, source) {
    this.#box = box;
    this.#source = source;
    box.addEventListener("beforetoggle", ({ newState }) => {
      if (newState === "open") return;
      this.#wanted?.abort();
      this.#opened.element.removeAttribute("aria-expanded");
    });
  }

  close() {
    this.#box.hidePopover();
  }

  /**
   * Opens the card of a sentence. `from` and `to` are its languages. A sentence of a translation has the TranslateRequest that it came
   * from, and `replace` is called with the text that the reader chooses.
   */
  open(sentence, { from, to, request, replace }) {
    this.#box.hidePopover();
    this.#opened = sentence;
    const show = make("button", "plain", say("show"));
    show.addEventListener("click", () => {
      this.close();
      this.#source.select(sentence);
    });
    const close = make("button", "plain cross", "×");
    close.setAttribute("aria-label", say("close"));
    close.addEventListener("click", () => this.close());
    const top = make("div", "card-top", "");
    top.append(make("h3", "", say("inSource")), show, close);
    const parts = [top];
    for (const range of sentence.ranges) {
      const words = make("blockquote", "", this.#source.words(range));
      words.lang = from;
      parts.push(words);
    }
    if (sentence.message.copied) parts.push(make("p", "note", say("copiedSentence")));
    const origin = sentence.message.origin;
    if (["ORIGIN_WRITTEN", "ORIGIN_REPLACED"].includes(origin)) parts.push(make("p", "note", say(origin)));
    if (sentence.findings.length) {
      const list = make("ul", "findings", "");
      for (const finding of sentence.findings) {
        const line = make("li", "", "");
        line.append(describe(finding, from, to));
        list.append(line);
      }
      parts.push(make("h3", "", say("toCheck")), list);
    }
    if (request) {
      const others = make("div", "others", "");
      others.append(make("p", "note", say("looking")));
      others.setAttribute("aria-live", "polite");
      parts.push(make("h3", "", say("others")), others);
      this.#look(sentence, request, others, to, replace);
    }
    this.#box.replaceChildren(...parts);
    this.#box.setAttribute("aria-label", say("sentence"));
    this.#box.showPopover();
    this.#place(sentence.element);
    sentence.element.setAttribute("aria-expanded", "true");
    this.#box.focus({ preventScroll: true });
  }

  async #look(sentence, request, box, lang, replace) {
    this.#wanted = new AbortController();
    const { signal } = this.#wanted;
    let texts = sentence.others;
    if (!texts) {
      const body = { ...request, text: this.#source.words(sentence.ranges[0]) };
      body.options = { ...request.options, alternatives: ALTERNATIVES, lineBreaks: "LINE_BREAKS_JOIN" };
      const answer = await call("v1/translate", body, signal).catch((error) => ({ error }));
      if (signal.aborted) return;
      if (answer.error) {
        box.replaceChildren(make("p", "note", say("server", { message: answer.error.message || "?" })));
        return;
      }
      // The text may be another segment on its own than it is in its place: then its alternatives are no whole sentences.
      const [segment, ...more] = answer.segments ?? [];
      const alternatives = more.length ? [] : (segment?.alternatives ?? []);
      texts = sentence.others = [sentence.original, answer.translation, ...alternatives.map(({ text }) => text)];
    }
    const others = new Set(texts.filter((text) => text !== sentence.text));
    if (!others.size) {
      box.replaceChildren(make("p", "note", say("noOthers")));
      return;
    }
    const choices = [...others].map((text) => {
      const choice = make("button", "choice", text);
      choice.lang = lang;
      choice.addEventListener("click", () => {
        replace(text);
        this.close();
      });
      return choice;
    });
    box.replaceChildren(...choices);
    this.#place(sentence.element);
  }

  /** Below the sentence, or above it where the window ends. */
  #place(element) {
    const lines = element.getClientRects();
    const [first, last] = [lines[0], lines[lines.length - 1]];
    const { offsetWidth: width, offsetHeight: height } = this.#box;
    const edge = 12;
    const left = Math.min(first.left, document.documentElement.clientWidth - width - edge);
    const below = last.bottom + 8;
    const fits = below + height + edge <= innerHeight || first.top < height + edge;
    this.#box.style.left = `${Math.max(left, edge) + scrollX}px`;
    this.#box.style.top = `${(fits ? below : first.top - height - 8) + scrollY}px`;
  }
}

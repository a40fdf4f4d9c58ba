// The card of a sentence: its source, what the checks found, and other translations, one of which may take its place.
import { call } from "./calls.js";
import { button, make } from "./element.js";
import { describe } from "./findings.js";
import { say } from "./say.js";

/** How many other translations are asked for. */
const ALTERNATIVES = 4;
const EDGE = 12;

export class Card {
  #box;
  #source;
  #wanted; // the call for other translations
  #opened; // the element of the sentence

  /** `box` is a popover; `source` the pane of the text. */
  constructor(box, source) {
    this.#box = box;
    this.#source = source;
    box.addEventListener("beforetoggle", ({ newState }) => {
      if (newState === "open") return;
      this.#wanted?.abort();
      this.#opened.removeAttribute("aria-expanded");
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
    this.close();
    const { message, findings, ranges, element } = sentence;
    const show = () => {
      this.close();
      this.#source.select(sentence);
    };
    const cross = button("plain cross", "×", () => this.close());
    cross.setAttribute("aria-label", say("close"));
    const top = make("div", "card-top", make("h3", "", say("inSource")), button("plain", say("show"), show), cross);
    const quotes = ranges.map((range) => spoken("blockquote", from, this.#source.words(range)));
    const parts = [top, ...quotes];
    if (message.copied) parts.push(make("p", "note", say("copiedSentence")));
    if (["ORIGIN_WRITTEN", "ORIGIN_REPLACED"].includes(message.origin)) parts.push(make("p", "note", say(message.origin)));
    if (findings.length) {
      const lines = findings.map((finding) => make("li", "", describe(finding, from, to)));
      parts.push(make("h3", "", say("toCheck")), make("ul", "", ...lines));
    }
    if (request) {
      const others = make("div", "", make("p", "note", say("looking")));
      others.setAttribute("aria-live", "polite");
      parts.push(make("h3", "", say("others")), others);
      this.#look(sentence, request, others, (text) => {
        this.close();
        replace(text);
      });
    }
    this.#opened = element;
    this.#box.replaceChildren(...parts);
    this.#box.setAttribute("aria-label", say("sentence"));
    this.#box.showPopover();
    this.#place();
    element.setAttribute("aria-expanded", "true");
    this.#box.focus({ preventScroll: true });
  }

  /** Shows other translations of a sentence. They take the model long, so they are asked for only here. */
  async #look(sentence, request, box, choose) {
    const { signal } = (this.#wanted = new AbortController());
    try {
      sentence.others ??= await others(sentence, { ...request, text: this.#source.words(sentence.ranges[0]) }, signal);
    } catch ({ message }) {
      if (!signal.aborted) box.replaceChildren(make("p", "note", say("server", { message })));
      return;
    }
    if (signal.aborted) return;
    const texts = new Set([sentence.original, ...sentence.others]);
    texts.delete(sentence.text);
    const choices = [...texts].map((text) => spoken("button", request.targetLanguage, text));
    for (const choice of choices) {
      choice.className = "choice";
      choice.addEventListener("click", () => choose(choice.textContent));
    }
    box.replaceChildren(...(choices.length ? choices : [make("p", "note", say("noOthers"))]));
    this.#place();
  }

  /** Puts the card below the sentence, or above it where the window ends. */
  #place() {
    const lines = this.#opened.getClientRects();
    const [first, last] = [lines[0], lines[lines.length - 1]];
    const { offsetWidth: width, offsetHeight: height, style } = this.#box;
    const left = Math.min(first.left, document.documentElement.clientWidth - width - EDGE);
    const fits = last.bottom + height + 2 * EDGE < innerHeight || first.top < height + 2 * EDGE;
    style.left = `${Math.max(left, EDGE) + scrollX}px`;
    style.top = `${(fits ? last.bottom + EDGE : first.top - height - EDGE) + scrollY}px`;
  }
}

async function others(sentence, request, signal) {
  const options = { ...request.options, alternatives: ALTERNATIVES, lineBreaks: "LINE_BREAKS_JOIN" };
  const { translation, segments } = await call("v1/translate", { ...request, options }, signal);
  // A sentence may be several segments when it stands alone; then their alternatives are no whole sentences.
  const alternatives = segments.length === 1 ? segments[0].alternatives : [];
  return [translation, ...alternatives.map(({ text }) => text)];
}

function spoken(tag, lang, text) {
  const element = make(tag, "", text);
  element.lang = lang;
  return element;
}

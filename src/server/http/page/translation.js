// The tab of the translation, sentence by sentence as the server sends it.
import { stream } from "./calls.js";
import { Checks } from "./findings.js";
import { say } from "./say.js";
import { Sentences } from "./sentences.js";

// Sentences of these formats make no document on their own.
const WHOLE = ["FORMAT_XML", "FORMAT_SUBTITLES"];

export class Translation {
  path = "v1/translate";
  running = "translating";
  verb = "translate";
  #box;
  #checks;
  #made = {}; // the request of what stands there, and its totals
  #source;
  #tell;

  /** `tell` is called with words for the status line. */
  constructor({ box, checks, source, card, tell }) {
    this.#box = box;
    this.#checks = new Checks(checks);
    this.#source = source;
    this.#tell = tell;
    this.sentences = new Sentences(box, (sentence) =>
      card.open(sentence, {
        ...this.languages,
        request: this.#alone,
        replace: (text) => {
          this.sentences.write(sentence, text);
          this.speak();
          tell(say("replaced"));
        },
      }),
    );
  }

  get text() {
    return this.#box.textContent;
  }

  get languages() {
    const { request } = this.#made;
    return { from: request?.sourceLanguage || this.detected || "", to: request?.targetLanguage };
  }

  get format() {
    return this.#made.totals?.format ?? this.#made.request?.format ?? "FORMAT_AUTO";
  }

  request({ text, from, to, format, terms }) {
    return { text, sourceLanguage: from, targetLanguage: to, format, options: { terms } };
  }

  clear() {
    this.#made = {};
    this.sentences.clear();
    this.speak();
  }

  /** Translates; `added` is called with each sentence. */
  async run(request, signal, added) {
    this.clear();
    this.#made = { request };
    this.#box.lang = request.targetLanguage;
    for await (const [name, message] of stream(this.path, request, "summary", signal)) {
      if (name === "summary") this.#made.totals = message;
      if (name !== "piece") continue;
      const { text = "", segment } = message;
      if (!segment) {
        this.sentences.between(text);
        continue;
      }
      const sentence = this.sentences.add(text, segment, [segment.source]);
      added(sentence);
      this.#checks.add(sentence, this.languages);
    }
  }

  /** What the totals say, in words. */
  get report() {
    const { totals } = this.#made;
    if (!totals) return "";
    const doubtful = this.sentences.all.filter(({ findings }) => findings.length).length;
    return [
      say("sentences", { n: this.sentences.all.length }),
      doubtful ? say("checks", { n: doubtful }) : say("nothingToCheck"),
      totals.model && say("model", { model: totals.model }),
    ].filter((part) => part).join(" · ");
  }

  get detected() {
    return this.#made.totals?.detectedLanguage?.language;
  }

  /** The request for one sentence of the text. Its language is known by now. */
  get #alone() {
    const { request } = this.#made;
    const format = WHOLE.includes(this.format) ? "FORMAT_PLAIN" : this.format;
    return { ...request, sourceLanguage: this.languages.from, format };
  }

  /** Writes the findings in the language of the interface. */
  speak() {
    this.#checks.show(this.sentences.all, this.languages);
  }
}

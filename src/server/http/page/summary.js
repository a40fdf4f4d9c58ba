// The tab of the summary, whose sentences cite the text.
import { Offsets } from "./bytes.js";
import { stream } from "./calls.js";
import { make } from "./element.js";
import { Checks } from "./findings.js";
import { say } from "./say.js";
import { Sentences } from "./sentences.js";

export class Summary {
  path = "v1/summarize";
  running = "summarising";
  verb = "summarise";
  #box;
  #checks;
  #made = {};
  #tell;

  constructor({ box, checks, card, tell }) {
    this.#box = box;
    this.#checks = new Checks(checks);
    this.#tell = tell;
    this.sentences = new Sentences(box, (sentence) => card.open(sentence, this.languages));
  }

  get text() {
    return this.#box.textContent;
  }

  get languages() {
    const { request } = this.#made;
    const from = request?.sourceLanguage || this.detected || "";
    return { from, to: request?.targetLanguage || from };
  }

  get format() {
    return "FORMAT_PLAIN";
  }

  request({ text, from, format, summary: { to, sentences, style } }) {
    return { text, sourceLanguage: from, targetLanguage: to, format, length: { sentences }, style };
  }

  clear() {
    this.#made = {};
    this.sentences.clear();
    this.speak();
  }

  /** Summarises; `added` is called with each sentence of the finished summary. */
  async run(request, signal, added) {
    this.clear();
    this.#made = { request };
    this.#box.lang = request.targetLanguage;
    for await (const [name, message] of stream(this.path, request, "summary", signal)) {
      if (name === "progress") this.#progress(message);
      if (name === "summary") this.#show(message, added);
    }
  }

  #progress({ provisionalSummary, sentencesRead }) {
    this.#box.replaceChildren(make("p", "draft", provisionalSummary));
    this.#tell(say("read", { n: Number(sentencesRead ?? 0) }));
  }

  #show(summary, added) {
    this.#made.summary = summary;
    this.sentences.clear();
    this.#box.lang = this.languages.to;
    const { text = "", sentences = [] } = summary;
    const offsets = new Offsets(text);
    let at = 0;
    for (const sentence of sentences) {
      const { start, end } = offsets.units(sentence.target);
      if (start > at) this.sentences.between(text.slice(at, start));
      added(this.sentences.add(text.slice(start, end), sentence, [sentence.source, ...(sentence.also ?? [])]));
      at = end;
    }
    if (at < text.length) this.sentences.between(text.slice(at));
    this.speak();
  }

  get report() {
    const { summary } = this.#made;
    if (!summary) return "";
    const model = summary.writer || summary.model;
    const parts = [say("read", { n: Number(summary.sentencesRead ?? 0) }), model && say("model", { model })];
    return parts.filter((part) => part).join(" · ");
  }

  get detected() {
    return this.#made.summary?.detectedLanguage?.language;
  }

  /** Writes the findings in the language of the interface. */
  speak() {
    this.#checks.show(this.sentences.all, this.languages);
  }
}

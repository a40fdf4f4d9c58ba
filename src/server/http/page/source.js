// The pane of the text: a text area above a layer with the same text, in which the places of sentences can be marked.
import { Offsets } from "./bytes.js";
import { light } from "./sentences.js";

export class Source {
  #area;
  #layer;
  #marked = []; // of { start, end, sentence, place }, in ascending order
  #offsets;
  #rest; // the text node after the last mark, and where it begins
  #at;

  constructor(area, layer) {
    this.#area = area;
    this.#layer = layer;
    area.addEventListener("pointermove", ({ clientX, clientY }) => light(this.#under(clientX, clientY)));
    area.addEventListener("pointerleave", () => light(undefined));
    document.addEventListener("selectionchange", () => {
      if (document.activeElement === area && this.#marked.length) light(this.#around(area.selectionStart));
    });
    this.unmark();
  }

  /** The text. Halves of surrogate pairs, which UTF-8 cannot have, are replaced. */
  get text() {
    return this.#area.value.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
  }

  set text(text) {
    this.#area.value = text;
    this.unmark();
  }

  /** Speaks of the language of the text, for fonts and screen readers. */
  set language(code) {
    for (const part of [this.#area, this.#layer]) part.lang = code;
  }

  /** Removes all marks. */
  unmark() {
    for (const { sentence } of this.#marked) sentence.places = [];
    this.#marked = [];
    this.#offsets = new Offsets(this.#area.value);
    // The text area has room for a last empty line; without a character in it, the layer has not.
    this.#layer.textContent = `${this.#area.value}\u200b`;
    this.#rest = this.#layer.firstChild;
    this.#at = 0;
  }

  /** Marks the places of these sentences, and no others. */
  show(sentences) {
    this.unmark();
    const places = sentences.flatMap((sentence) => sentence.ranges.map((range) => ({ sentence, range })));
    for (const { sentence, range } of places.sort((a, b) => a.range.start - b.range.start)) this.#mark(sentence, range);
  }

  /** Marks the places of one more sentence, after all that are marked. */
  add(sentence) {
    for (const range of sentence.ranges) this.#mark(sentence, range);
  }

  /** The words at a range of bytes. */
  words(range) {
    const { start, end } = this.#offsets.units(range);
    return this.#area.value.slice(start, end);
  }

  /** Puts the cursor at a sentence and selects it. */
  select(sentence) {
    const { start, end } = this.#offsets.units(sentence.ranges[0]);
    this.#area.focus({ preventScroll: true });
    this.#area.setSelectionRange(start, end);
    (sentence.places[0] ?? this.#area).scrollIntoView({ block: "center" });
    light(sentence);
  }

  #mark(sentence, range) {
    const { start, end } = this.#offsets.units(range);
    if (start < this.#at || end <= start) return; // A place that two sentences share lights with the first one.
    const words = this.#rest.splitText(start - this.#at);
    this.#rest = words.splitText(end - start);
    this.#at = end;
    const place = document.createElement("mark");
    words.replaceWith(place);
    place.append(words);
    sentence.places.push(place);
    this.#marked.push({ start, end, sentence, place });
  }

  #under(x, y) {
    const place = document.elementsFromPoint(x, y).find((element) => element.parentNode === this.#layer);
    return this.#marked.find((mark) => mark.place === place)?.sentence;
  }

  #around(unit) {
    return this.#marked.find(({ start, end }) => start <= unit && unit < end)?.sentence;
  }
}

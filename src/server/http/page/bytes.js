// Places of the contract are offsets in UTF-8 bytes; those of JavaScript's strings count UTF-16 units.

const encoded = (point) => (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);

/** Finds the units of a text for its bytes. Places that are asked in ascending order take one walk through the text. */
export class Offsets {
  #text;
  #byte = 0;
  #unit = 0;

  constructor(text) {
    this.#text = text;
  }

  /** The unit at which this byte's character begins; the end of the text for a byte after it. */
  unit(byte) {
    if (byte < this.#byte) this.#byte = this.#unit = 0;
    while (this.#unit < this.#text.length) {
      const point = this.#text.codePointAt(this.#unit);
      const next = this.#byte + encoded(point);
      if (next > byte) break;
      this.#byte = next;
      this.#unit += point > 0xffff ? 2 : 1;
    }
    return this.#unit;
  }

  /** A ByteRange as units. Its uint64s are strings in JSON. */
  units(range) {
    return { start: this.unit(Number(range.start ?? 0)), end: this.unit(Number(range.end ?? 0)) };
  }
}

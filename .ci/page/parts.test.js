// The modules of the page that need no browser.
import assert from "node:assert/strict";
import test from "node:test";

import { Offsets } from "./site/bytes.js";
import { events } from "./site/calls.js";
import { languages, words } from "./site/words.js";

test("offsets in bytes become units for characters of all lengths", () => {
  const letters = ["a", "é", "Ж", "€", "\u200b", "😀", "\n", "👩‍🚀"];
  let seed = 1;
  const random = (below) => (seed = (seed * 48271) % 0x7fffffff) % below;
  for (let round = 0; round < 200; round++) {
    const text = Array.from({ length: random(40) }, () => letters[random(letters.length)]).join("");
    const offsets = new Offsets(text);
    const units = [...text].reduce((all, point) => [...all, all.at(-1) + point.length], [0]);
    // Ascending, and then back again.
    for (const unit of [...units, ...units.toReversed()]) {
      assert.equal(offsets.unit(Buffer.byteLength(text.slice(0, unit))), unit, JSON.stringify(text));
    }
    assert.equal(offsets.unit(1e6), text.length);
  }
});

const body = (parts) => new Blob(parts).stream();
const cut = (text, size) => {
  const bytes = Buffer.from(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(new Uint8Array(bytes.subarray(at, (at += size))));
    },
  });
};

for (const [name, end] of [["LF", "\n"], ["CR LF", "\r\n"], ["CR", "\r"]]) {
  test(`events with ${name} are read from parts of any size`, async () => {
    const lines = ["event: piece", 'data: {"text":"Жук 😀"}', "", ": a comment", "data:one", "data: two", "id: 7", "", "data: lost"];
    const expected = [["piece", '{"text":"Жук 😀"}'], ["message", "one\ntwo"]];
    for (let size = 1; size < 60; size++) {
      const found = [];
      for await (const event of events(cut(lines.join(end), size))) found.push(event);
      assert.deepEqual(found, expected, `parts of ${size} bytes`);
    }
  });
}

test("a body without events has none", async () => {
  for await (const event of events(body([]))) assert.fail(event);
});

test("every word of the interface is there in every language, with the same values", () => {
  for (const [name, texts] of Object.entries(words)) {
    assert.equal(texts.length, languages.length, name);
    const values = texts.map((text) => [...new Set(JSON.stringify(text).match(/\{\w+\}/g))].sort().join());
    assert.deepEqual(new Set(values).size, 1, name);
  }
});

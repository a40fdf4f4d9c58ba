// Why something failed, in words.
import { button, make } from "./element.js";
import { knows, say } from "./say.js";

const BY_CODE = { 3: "REFUSED", 4: "LATE", 5: "REFUSED", 7: "FORBIDDEN", 8: "BUSY", 9: "REFUSED", 11: "TOO_LONG", 14: "STOPPING" };
/** What the reader must change first; to try again does not help. */
const FINAL = ["REFUSED", "TOO_LONG", "FORBIDDEN", "QUOTA", "LANGUAGE_UNKNOWN", "LANGUAGE_FOREIGN", "SAME_LANGUAGE", "UNSUPPORTED_PAIR"];

/** The place for troubles: a live region that is empty while all is well. */
export class Trouble {
  #box;
  #parts = () => [];

  constructor(box) {
    this.#box = box;
  }

  clear() {
    this.#show(() => []);
  }

  /** Says that a file cannot be read. */
  file(name, values) {
    this.#show(() => [make("p", "", say(name, values))]);
  }

  /** Says why a call failed; `again` repeats it. */
  call({ code, reason, message, seconds }, again) {
    const name = knows(reason) ? reason : (BY_CODE[code] ?? "FAILED");
    this.#show(() => [
      make("p", "", say(name), seconds ? ` ${say("after", { n: seconds })}` : ""),
      message ? make("p", "note", say("server", { message })) : "",
      FINAL.includes(name) ? "" : button("plain", say("again"), again),
    ]);
  }

  /** Writes the trouble in the language of the interface. */
  speak() {
    this.#show(this.#parts);
  }

  #show(parts) {
    this.#parts = parts;
    this.#box.replaceChildren(...parts());
    this.#box.className = this.#box.firstChild ? "notice trouble" : "";
  }
}

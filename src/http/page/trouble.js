// Why something failed, in words.
import { knows, say } from "./say.js";

const BY_CODE = { 3: "REFUSED", 4: "LATE", 5: "REFUSED", 7: "FORBIDDEN", 8: "BUSY", 9: "REFUSED", 11: "REFUSED", 14: "STOPPING" };
/** What the reader must change first; to try again does not help. */
const FINAL = ["REFUSED", "FORBIDDEN", "QUOTA", "LANGUAGE_UNKNOWN", "LANGUAGE_FOREIGN", "SAME_LANGUAGE", "UNSUPPORTED_PAIR"];

/** The place for troubles: a live region that is empty while all is well. */
export class Trouble {
  #box;
  #write = () => [];

  constructor(box) {
    this.#box = box;
  }

  clear() {
    this.#write = () => [];
    this.speak();
  }

  /** Says that a file cannot be read. */
  file(name, values) {
    this.#write = () => [line("p", say(name, values))];
    this.speak();
  }

  /** Says why a call failed; `again` repeats it. */
  call(error, again) {
    const name = knows(error.reason) ? error.reason : (BY_CODE[error.code] ?? "FAILED");
    this.#write = () => {
      const wait = error.seconds ? ` ${say("after", { n: error.seconds })}` : "";
      const parts = [line("p", say(name) + wait)];
      if (error.message) parts.push(line("p", say("server", { message: error.message }), "note"));
      if (!FINAL.includes(name)) {
        const button = line("button", say("again"), "plain");
        button.addEventListener("click", again);
        parts.push(button);
      }
      return parts;
    };
    this.speak();
  }

  /** Writes the trouble in the language of the interface. */
  speak() {
    const parts = this.#write();
    this.#box.className = parts.length ? "notice trouble" : "";
    this.#box.replaceChildren(...parts);
  }
}

function line(tag, text, name = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = name;
  return element;
}

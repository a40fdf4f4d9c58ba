// The box of terms: rows of two fields, the last of which is always empty.
import { button, make } from "./element.js";
import { keep, recall, say } from "./say.js";

export class Glossary {
  #rows;
  #count;
  #changed;

  /** `rows` is a list of the page, `count` shows the number of terms; `changed` is called when the terms change. */
  constructor(rows, count, changed) {
    this.#rows = rows;
    this.#count = count;
    this.#changed = changed;
    for (const { source, target } of JSON.parse(recall("terms") ?? "[]")) this.#add(source, target);
    this.#add("", "");
  }

  /** The terms with words of the text, as a list of Term. */
  get terms() {
    const rows = [...this.#rows.children].map((row) => [...row.querySelectorAll("input")].map((field) => field.value.trim()));
    return rows.map(([source, target]) => ({ source, target })).filter(({ source }) => source);
  }

  /** Names the fields by their places in the list, in the language of the interface. */
  speak() {
    [...this.#rows.children].forEach((row, at) => {
      ["termSource", "termTarget", "remove"].forEach((name, column) => {
        row.children[column].setAttribute("aria-label", say(name, { n: at + 1 }));
      });
    });
    const n = this.terms.length;
    this.#count.textContent = n ? say("terms", { n }) : "";
  }

  #add(source, target) {
    const fields = [source, target].map((words) => {
      const field = make("input", "");
      Object.assign(field, { value: words, maxLength: 200, autocomplete: "off" });
      field.addEventListener("input", () => this.#edited());
      return field;
    });
    const remove = button("plain cross", "×", () => {
      const next = row.nextElementSibling;
      row.remove();
      this.#edited();
      next.firstChild.focus();
    });
    const row = make("li", "", ...fields, remove);
    this.#rows.append(row);
  }

  #edited() {
    const [source, target] = this.#rows.lastElementChild.children;
    if (source.value || target.value) this.#add("", "");
    this.speak();
    keep("terms", JSON.stringify(this.terms));
    this.#changed();
  }
}

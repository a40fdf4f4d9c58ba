// The box of terms: rows of two fields, the last of which is always empty.
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
    let kept = [];
    try {
      kept = JSON.parse(recall("terms") ?? "[]");
    } catch {
      // Another version of the page kept something else.
    }
    if (Array.isArray(kept)) for (const { source = "", target = "" } of kept) this.#add(source, target);
    this.#add();
  }

  /** The terms with words of the text, as a list of Term. */
  get terms() {
    const rows = [...this.#rows.children].map((row) => [...row.querySelectorAll("input")]);
    const terms = rows.map(([source, target]) => ({ source: source.value.trim(), target: target.value.trim() }));
    return terms.filter(({ source }) => source);
  }

  /** Names the fields by their places in the list, in the language of the interface. */
  speak() {
    [...this.#rows.children].forEach((row, at) => {
      const [source, target] = row.querySelectorAll("input");
      const n = at + 1;
      source.setAttribute("aria-label", say("termSourceOf", { n }));
      source.placeholder = at ? "" : say("termSource");
      target.setAttribute("aria-label", say("termTargetOf", { n }));
      target.placeholder = at ? "" : say("termTarget");
      row.querySelector("button").setAttribute("aria-label", say("remove", { n }));
    });
    const n = this.terms.length;
    this.#count.textContent = n ? say("terms", { n }) : "";
  }

  #add(source = "", target = "") {
    const row = document.createElement("li");
    for (const words of [source, target]) {
      const field = document.createElement("input");
      field.maxLength = 200;
      field.autocomplete = "off";
      field.value = words;
      field.addEventListener("input", () => this.#edited());
      row.append(field);
    }
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "plain cross";
    remove.textContent = "×";
    remove.addEventListener("click", () => {
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      this.#edited();
      (next?.isConnected ? next : this.#rows.lastElementChild).querySelector("input").focus();
    });
    row.append(remove);
    this.#rows.append(row);
    this.speak();
  }

  #edited() {
    const last = this.#rows.lastElementChild?.querySelectorAll("input") ?? [];
    if ([...last].some((field) => field.value) || !last.length) this.#add();
    this.speak();
    keep("terms", JSON.stringify(this.terms));
    this.#changed();
  }
}

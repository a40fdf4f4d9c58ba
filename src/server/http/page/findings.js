// What the checks of the server found in a sentence, in words.
import { button, make } from "./element.js";
import { knows, say } from "./say.js";

/** The findings of a Segment or SummarySentence, and a bare one for each warning without. */
export function findings({ warnings = [], findings = [] }) {
  const bare = warnings.filter((kind) => !findings.some(({ warning }) => warning === kind)).map((warning) => ({ warning }));
  return [...findings, ...bare];
}

/** Says what was expected and what was found. `from` and `to` are the languages of the words. */
export function describe({ warning, expected, found }, from, to) {
  const side = (name, words, lang) => {
    const quote = words ? make("q", "", words) : say("nothing");
    if (words) quote.lang = lang;
    return make("span", "", ` ${say(name)} `, quote);
  };
  const line = make("span", "finding", make("strong", "", say(knows(warning) ? warning : "WARNING_UNSPECIFIED")));
  if (expected) line.append(side("expected", expected, from));
  if (expected || found) line.append(side("found", found, to));
  return line;
}

/** The list of findings below a result; each line goes to its sentence, and describes it. */
export class Checks {
  #box;
  #lines;

  constructor(box) {
    this.#box = box;
    this.#lines = box.querySelector("ol");
  }

  /** Lists the findings of these sentences in the language of the interface. `languages` are those of the text and the result. */
  show(sentences, languages) {
    this.#lines.replaceChildren();
    this.#box.hidden = true;
    for (const sentence of sentences) this.add(sentence, languages);
  }

  add({ element, findings, text, original }, { from, to }) {
    // A translation that the reader chose has not been checked.
    const ids = (text === original ? findings : []).map((finding) => {
      const go = button("plain", describe(finding, from, to), () => element.focus());
      go.id = `${this.#box.id}-${this.#lines.children.length}`;
      this.#lines.append(make("li", "", go));
      return go.id;
    });
    element.setAttribute("aria-describedby", ids.join(" "));
    if (ids.length) this.#box.hidden = false;
  }
}

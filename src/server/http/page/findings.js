// What the checks of the server found in a sentence, in words.
import { make } from "./element.js";
import { knows, say } from "./say.js";

/** The findings of a Segment, and a bare one for each warning without. */
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

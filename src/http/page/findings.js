// What the checks of the server found in a sentence, in words.
import { knows, say } from "./say.js";

/** The findings of a Segment, and a bare one for each warning without. */
export function findings({ warnings = [], findings = [] }) {
  const explained = new Set(findings.map(({ warning }) => warning));
  const bare = warnings.filter((warning) => !explained.has(warning)).map((warning) => ({ warning }));
  return [...findings, ...bare].map(({ warning, expected = "", found = "" }) => ({ warning, expected, found }));
}

/** An element that says what was expected and what was found. `source` and `target` are the languages of the words. */
export function describe({ warning, expected, found }, source, target) {
  const line = document.createElement("span");
  line.className = "finding";
  const kind = document.createElement("strong");
  kind.textContent = say(knows(warning) ? warning : "WARNING_UNSPECIFIED");
  line.append(kind);
  const side = (name, words, lang) => {
    const part = document.createElement("span");
    const quote = document.createElement(words ? "q" : "em");
    quote.textContent = words || say("nothing");
    if (words) quote.lang = lang;
    part.append(`${say(name)} `, quote);
    line.append(" ", part);
  };
  if (expected) side("expected", expected, source);
  if (expected || found) side("found", found, target);
  return line;
}

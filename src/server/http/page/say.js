// Says the words of the interface in the language that the reader has: the one chosen on the page, or else the browser's first.
import { languages, words } from "./words.js";

const wanted = [recall("interface") ?? "", ...navigator.languages].map((tag) => languages.indexOf(tag.slice(0, 2).toLowerCase()));
let place = Math.max(wanted.find((place) => place >= 0) ?? 0, 0);

/** What the browser keeps for the next visit: settings, never a text or a key. */
export function recall(name) {
  try {
    return localStorage.getItem(`triglot.${name}`);
  } catch {
    return null; // The browser keeps nothing for this page.
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(`triglot.${name}`, value);
  } catch {
    // The setting lasts as long as the page.
  }
}

/** The language of the interface. */
export const spoken = () => languages[place];

export const knows = (name) => Object.hasOwn(words, name);

/** The text of this name with its values filled in. */
export function say(name, values = {}) {
  let text = words[name][place];
  if (typeof text === "object") text = text[new Intl.PluralRules(spoken()).select(values.n)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key].toLocaleString(spoken()));
}

/** The name of a language. */
export const nameOf = (code) => new Intl.DisplayNames(spoken(), { type: "language" }).of(code);

const begin = (line) => line[0].toLocaleUpperCase(spoken()) + line.slice(1);

/** Writes the words into the elements below `root` that ask for them, by name, or else by their value or id. */
export function apply(root = document.documentElement) {
  const each = (data, write) => root.querySelectorAll(`[data-${data}]`).forEach((element) => write(element, element.dataset[data]));
  each("word", (element, name) => (element.textContent = say(name || element.value || element.id)));
  each("label", (element, name) => element.setAttribute("aria-label", say(name)));
  each("hint", (element, name) => (element.placeholder = say(name)));
  each("language", (element) => (element.textContent = begin(nameOf(element.value))));
}

/** Changes the language of the interface. */
export function speak(code) {
  place = languages.indexOf(code);
  keep("interface", code);
}

// Says the words of the interface in the language that the reader has: the one chosen on the page, or else the browser's first.
import { words } from "./words.js";

const supported = (tag) => tag.slice(0, 2).toLowerCase();
const chosen = recall("interface");
let language = [chosen ?? "", ...navigator.languages].map(supported).find((code) => code in words) ?? "en";

/** What the page keeps in this browser between visits: settings, never a text or a key. */
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

export const spoken = () => language;

/** The text of this name with its values filled in. */
export function say(name, values = {}) {
  const known = words[language][name];
  const form = typeof known === "object" ? known[new Intl.PluralRules(language).select(values.n)] : known;
  return (form ?? name).replace(/\{(\w+)\}/g, (_, key) => {
    const value = values[key];
    return typeof value === "number" ? value.toLocaleString(language) : value;
  });
}

export const knows = (name) => name in words[language];

/** The name of a language in the language of the interface, as it begins a line. */
export function nameOf(code) {
  const name = new Intl.DisplayNames(language, { type: "language" }).of(code);
  return name[0].toLocaleUpperCase(language) + name.slice(1);
}

/** Writes the words into all elements that name theirs, below `root`. */
export function apply(root = document.documentElement) {
  const each = (data, write) => {
    for (const element of root.querySelectorAll(`[data-${data}]`)) write(element, element.dataset[data]);
  };
  each("word", (element, name) => (element.textContent = say(name)));
  each("label", (element, name) => element.setAttribute("aria-label", say(name)));
  each("hint", (element, name) => (element.placeholder = say(name)));
  each("language", (element, code) => (element.textContent = nameOf(code)));
  document.documentElement.lang = language;
}

export function speak(code) {
  language = code;
  keep("interface", code);
  apply();
}

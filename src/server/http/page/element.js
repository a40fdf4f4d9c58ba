/** Makes an element of a class, with texts and elements in it. A text is never read as HTML. */
export function make(tag, name, ...parts) {
  const element = document.createElement(tag);
  element.className = name;
  element.append(...parts);
  return element;
}

/** Makes a button that calls `act`. */
export function button(name, text, act) {
  const element = make("button", name, text);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

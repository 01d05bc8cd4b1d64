// Elements, made in one call; every text is text, never markup.

/** Return an element with attributes, properties (a key that begins with on is a listener), and children. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "value") made.value = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

let last = 0;

/** Return an id that no other element has. */
export function unique(prefix) {
  last += 1;
  return `${prefix}-${last}`;
}

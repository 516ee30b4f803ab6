// Elements made in one call: text is only ever text.

/** An element with properties, attributes (names with a hyphen, and role) and children; texts become text. */
export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") made.className = value;
    else if (name.includes("-") || name === "role" || name === "scope") made.setAttribute(name, value);
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made[name] = value;
  }
  made.append(...children.filter((each) => each !== null && each !== ""));
  return made;
}

/** The element of an id. */
export const by = (id) => document.getElementById(id);

/** Put these in the place of all that an element holds. */
export const fill = (element, ...children) => element.replaceChildren(...children.filter((each) => each !== null));

/** Hand a file to whoever sits before the page. */
export function handOut(name, text) {
  const place = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = make("a", { href: place, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(place), 1000);
}

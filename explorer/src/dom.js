// Elements without markup in strings: whatever comes from the chain becomes text, never HTML.

const SVG = "http://www.w3.org/2000/svg";

/** An element. Properties that begin with `on` are listeners; `null` and `false` are left out. */
export function h(tag, properties, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** The same for SVG. */
export function s(tag, properties, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A section with a heading. */
export function card(title, ...children) {
  return h("section", { class: "card" }, title && h("h2", null, title), ...children);
}

/** Names and values. */
export function facts(rows) {
  const list = rows.filter(Boolean).map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value)));
  return h("dl", { class: "facts" }, list);
}

/** A table: columns are `[title, class]`, rows are lists of cells. On a phone each row becomes a block with the titles. */
export function table(caption, columns, rows, empty = "Nothing here.") {
  const head = h("tr", null, columns.map(([title, kind]) => h("th", { scope: "col", class: kind }, title)));
  const body = rows.map((cells) =>
    h("tr", null, cells.map((cell, at) => h("td", { class: columns[at][1], "data-title": columns[at][0] }, cell))));
  if (body.length === 0) return h("p", { class: "quiet" }, empty);
  return h("table", { class: "list" }, h("caption", { class: "unseen" }, caption), h("thead", null, head), h("tbody", null, body));
}

/** Says something to those who do not see the page. */
export function tell(text) {
  document.getElementById("told").textContent = text;
}

/** A button that copies a text. */
export function copy(text) {
  const done = (event) => {
    const button = event.currentTarget;
    navigator.clipboard?.writeText(text).then(() => {
      button.classList.add("good");
      tell("Copied");
      setTimeout(() => button.classList.remove("good"), 1200);
    }, () => tell("The browser does not allow copying"));
  };
  return h("button", { class: "copy", type: "button", "aria-label": "Copy", title: "Copy", onclick: done },
    s("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, s("rect", { x: 5.5, y: 5.5, width: 8, height: 8, rx: 1.5 }), s("path", { d: "M3 10.5H2.5v-8h8V3" })));
}

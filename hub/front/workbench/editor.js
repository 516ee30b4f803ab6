// The document: a plain text area with the numbers of its lines, its colours, and marks where something is wrong.
import { by } from "./dom.js";

const COLOURED = 80_000; // characters; what is longer stays plain
const TOKEN = /("(?:[^"\\\n]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/g;

const area = by("document");
const gutter = by("gutter");
const colours = by("colours");
let marks = new Map();

/** The text of the document. */
export const text = () => area.value;

/** Show another document, from its beginning. */
export function show(content) {
  area.value = content;
  area.setSelectionRange(0, 0);
  area.scrollTo(0, 0);
  marks = new Map();
  draw();
}

/** Put something where the cursor stands; it can be taken back like what was typed. */
export function insert(content) {
  area.focus();
  if (!document.execCommand("insertText", false, content)) {
    area.setRangeText(content, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input"));
  }
}

/** Put all of it into the clipboard, without a right that only secure pages have. */
export function copy() {
  const [start, end] = [area.selectionStart, area.selectionEnd];
  area.focus();
  area.select();
  document.execCommand("copy");
  area.setSelectionRange(start, end);
}

/** Go to a line, and select it. */
export function go(line) {
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  const height = parseFloat(getComputedStyle(area).lineHeight);
  area.scrollTo(0, Math.max(0, (line - 1) * height - area.clientHeight / 3));
}

/** Mark lines: a map from line to "error" or "warning". */
export function mark(found) {
  marks = found;
  number();
}

/** Call this whenever the text changes. */
export function whenChanged(hear) {
  area.addEventListener("input", () => {
    draw();
    hear();
  });
}

function draw() {
  number();
  colour();
  follow();
}

function number() {
  const lines = area.value.split("\n").length;
  const rows = [];
  for (let line = 1; line <= lines; line += 1) {
    const kind = marks.get(line);
    const row = document.createElement("span");
    row.textContent = kind ? `${kind === "error" ? "✕" : "!"} ${line}\n` : `${line}\n`;
    if (kind) row.className = kind;
    rows.push(row);
  }
  gutter.replaceChildren(...rows);
}

function colour() {
  const content = area.value;
  const parts = [];
  let end = 0;
  for (const found of content.length > COLOURED ? [] : content.matchAll(TOKEN)) {
    parts.push(content.slice(end, found.index));
    const kind = found[1] === undefined ? "plain" : found[2] === undefined ? "text" : "name";
    const part = document.createElement("span");
    part.className = kind;
    part.textContent = found[1] ?? found[0];
    parts.push(part, found[2] ?? "");
    end = found.index + found[0].length;
  }
  colours.replaceChildren(...parts, `${content.slice(end)}\n`);
}

function follow() {
  gutter.scrollTop = area.scrollTop;
  colours.scrollTop = area.scrollTop;
  colours.scrollLeft = area.scrollLeft;
}

area.addEventListener("scroll", follow);
area.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const before = area.value.slice(0, area.selectionStart);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  event.preventDefault();
  insert(`\n${/^\s*/.exec(line)[0]}${/[[{]\s*$/.test(line) ? "  " : ""}`);
});

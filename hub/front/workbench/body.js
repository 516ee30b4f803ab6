// The body: to the byte as its file has it, or as it was typed, in the encoding that is chosen.
import { by } from "./dom.js";
import { say } from "./language.js";

const MARK = "\uFEFF";
const CHINESE = { gbk: "gbk", gb2312: "gbk", gb18030: "gb18030" };
const area = by("body");
const encoding = by("encoding");
const media = by("media_type");
let bytes = null;
let declared = "";
let chosen = false;
let taking = Promise.resolve();

/** What the hub is told of it. */
export function told() {
  const content = bytes ? { body_base64: base64(bytes) } : { body: area.value, encoding: encoding.value };
  return { ...content, media_type: media.value };
}

/** What only tells the body itself. */
export function sample() {
  const { media_type: _left, ...content } = told();
  return content;
}

/** Whether there is none. */
export const empty = () => area.value === "" && !bytes?.length;

/** How many bytes it may have at the least. */
export const size = () => bytes?.length ?? area.value.length;

/** Say what stands there. */
export function state() {
  if (empty()) return "";
  return bytes ? say("as_file", { bytes: bytes.length }) : say("as_typed", { characters: area.value.length });
}

/** Call this whenever it changes. */
export function whenChanged(hear) {
  area.addEventListener("input", () => {
    bytes = null;
    suit(area.value);
    hear();
  });
  encoding.addEventListener("change", () => {
    if (bytes) reread();
    hear();
  });
  media.addEventListener("change", () => {
    chosen = true;
    hear();
  });
  by("file").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (file) await (taking = take(file, hear));
    event.target.value = "";
  });
  area.addEventListener("dragover", (event) => event.preventDefault());
  area.addEventListener("drop", async (event) => {
    const [file] = event.dataTransfer.files;
    if (!file) return;
    event.preventDefault();
    await (taking = take(file, hear));
  });
}

/** When the file that was chosen last is read. */
export const taken = () => taking;

async function take(file, hear) {
  bytes = new Uint8Array(await file.arrayBuffer());
  chosen = false;
  encoding.value = encodingOf(bytes);
  reread();
  suit(area.value, false);
  hear();
}

function reread() {
  const name = encoding.value === "utf-8-sig" ? "utf-8" : encoding.value;
  area.value = new TextDecoder(name).decode(bytes);
}

function encodingOf(content) {
  if (content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf) return "utf-8-sig";
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(content);
    return "utf-8";
  } catch {
    return CHINESE[declaredIn(new TextDecoder("latin1").decode(content.subarray(0, 200)))] ?? "gb18030";
  }
}

// What the text says of itself: the encoding of an XML declaration, the kind of content by how it begins.
function suit(content, alsoEncoding = true) {
  const says = declaredIn(content);
  if (alsoEncoding && says !== declared) encoding.value = CHINESE[says] ?? "utf-8";
  declared = says;
  if (!chosen) media.value = mediaOf(content.trimStart());
}

const declaredIn = (content) => /^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w-]+)["']/i.exec(content)?.[1].toLowerCase() ?? "";

function mediaOf(content) {
  const plain = content.startsWith(MARK) ? content.slice(1) : content;
  if (plain.startsWith("<")) return "application/xml";
  if (/^\{[^\n]*\}\s*\n\s*\{/.test(plain)) return "application/x-ndjson";
  if (/^[[{]/.test(plain) || plain === "") return "application/json";
  return /^[\w.%-]+=[^\s]*&[\w.%-]+=[^\s]*$/.test(plain.trim()) ? "application/x-www-form-urlencoded" : "text/plain";
}

function base64(content) {
  let text = "";
  for (let n = 0; n < content.length; n += 32_768) text += String.fromCharCode(...content.subarray(n, n + 32_768));
  return btoa(text);
}

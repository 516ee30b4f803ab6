// The language of the page: that of the browser, until somebody says otherwise.
import { TEXTS } from "./texts.js";

const heard = [];
let chosen = (navigator.languages?.[0] ?? navigator.language ?? "").toLowerCase().startsWith("zh") ? "zh" : "en";

/** The language in use: "zh" or "en". */
export const language = () => chosen;

/** A text by its key, with what is put into it. */
export function say(key, values = {}) {
  return TEXTS[key][chosen].replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Call this whenever the language changes. */
export const whenChanged = (hear) => heard.push(hear);

/** Write every text that stands in the page itself. */
export function write() {
  document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
  document.title = `Licet ${say("title")}`;
  for (const each of document.querySelectorAll("[data-text]")) each.textContent = say(each.dataset.text);
  for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", say(each.dataset.label));
  for (const each of document.querySelectorAll("[data-hint]")) each.placeholder = say(each.dataset.hint);
  for (const each of document.querySelectorAll("[data-language]")) {
    each.setAttribute("aria-pressed", String(each.dataset.language === chosen));
  }
}

/** Listen to the switch. */
export function listen() {
  for (const each of document.querySelectorAll("[data-language]")) {
    each.addEventListener("click", () => {
      chosen = each.dataset.language;
      write();
      heard.forEach((hear) => hear());
    });
  }
}

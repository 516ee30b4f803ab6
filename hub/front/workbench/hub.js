// What the hub is asked. The token of the session stands in memory alone: a page that is loaded anew has none.
import { language, say } from "./language.js";

const API = new URL("../api/v1/workbench/", document.baseURI);
let token = "";

/** An answer that is none: its status, and why, in the language of the page. */
export class Refused extends Error {
  constructor(status, message, code = "", wait = 0) {
    super(message);
    this.status = status;
    this.code = code;
    this.wait = wait;
  }
}

/** Begin a session by a link, or by the code at its end. */
export async function open(link) {
  const code = link.trim().replace(/^.*#/s, "");
  token = "";
  token = (await ask("sessions", { code })).token;
}

export const documents = () => ask("documents");
export const look = (draft) => ask("look", draft);
export const goldenCase = (draft) => ask("case", draft);
export const proposal = (sample) => ask("proposal", sample);

async function ask(what, content) {
  const headers = { "accept-language": language() };
  if (token) headers.authorization = `Bearer ${token}`;
  const how = { headers, cache: "no-store", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer" };
  if (content !== undefined) {
    headers["content-type"] = "application/json";
    how.method = "POST";
    how.body = JSON.stringify(what === "sessions" ? content : { ...content, language: language() });
  }
  let answer;
  try {
    answer = await fetch(new URL(what, API), how);
  } catch (error) {
    throw new Refused(0, say("away", { why: error.message }));
  }
  if (answer.ok) return answer.json();
  throw await refusal(answer);
}

async function refusal(answer) {
  const wait = Number(answer.headers.get("retry-after") ?? 0);
  try {
    const problem = await answer.json();
    const title = language() === "zh" ? problem.title_zh : problem.title;
    const detail = problem.detail && problem.detail !== title ? `${title}: ${problem.detail}` : title;
    return new Refused(answer.status, detail, problem.code, wait);
  } catch {
    return new Refused(answer.status, say("away", { why: answer.status }), "", wait);
  }
}

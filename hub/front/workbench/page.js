// The page: what is typed is looked at, soon after it was typed, and what was found is shown.
import * as body from "./body.js";
import { by, fill, handOut, make } from "./dom.js";
import * as editor from "./editor.js";
import * as hub from "./hub.js";
import { language, listen, say, whenChanged, write } from "./language.js";
import * as results from "./results.js";
import "./tabs.js";

const PAUSE = 350; // milliseconds after the last key
let known = { documents: [], records: [], most: { body: Infinity, document: Infinity } };
let saved = "";
let proposed = { document: null, lacks: "" }; // what is told of a proposal for as long as nobody changed it
let seen = { findings: [] };
let state = "begin";
let timer = 0;
let looking = false;
let again = false;

// --- what is looked at --------------------------------------------------------------------------------------

function draft() {
  return {
    ...body.told(),
    document: editor.text(),
    name: /^[a-z]+\/[a-z0-9_]{1,64}$/.test(by("name").value) ? by("name").value : "",
    against: by("against").value,
    form: by("form").value,
    context: context(),
  };
}

function context() {
  const pairs = by("context").value.split(/\s+/).filter((each) => each.includes("="));
  return Object.fromEntries(pairs.map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)]));
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(look, PAUSE);
}

async function look() {
  by("body_state").textContent = body.state();
  if (looking) {
    again = true;
    return;
  }
  if (editor.text().trim() === "") {
    shown({ findings: [] }, "empty");
    return;
  }
  if (body.size() > known.most.body) {
    alarm(say("body_too_large", { found: body.size(), most: known.most.body }));
    return;
  }
  looking = true;
  const slow = setTimeout(() => status(say("looking")), 400);
  try {
    const found = await hub.look(draft());
    alarm(editor.text() === proposed.document ? proposed.lacks : "", "note");
    shown(found, found.findings.some((each) => each.refused) ? "refused" : "");
  } catch (error) {
    failed(error);
    if (error.wait) timer = setTimeout(look, error.wait * 1000);
  } finally {
    clearTimeout(slow);
    looking = false;
    if (again) {
      again = false;
      soon();
    }
  }
}

function failed(error) {
  if (error.status === 401) closed(say("ended"));
  else alarm(error.message);
  status("");
}

// --- what is shown ------------------------------------------------------------------------------------------

function shown(found, now) {
  seen = found;
  state = now;
  results.showFindings(found.findings, now === "empty");
  results.showRecords(found, now);
  results.showCases(found, draft().name);
  results.showChanges(found);
  if (found.forms) offerForms(found.forms);
  status(now === "refused" ? say("refused") : found.preview ? say("summary", results.counted(found.preview)) : say("no_body"));
}

function offerForms(names) {
  const chosen = by("form").value;
  const offered = names.length > 1 ? names : [];
  fill(by("form"), option("", say("by_itself")), ...offered.map((each) => option(each, each)));
  by("form").value = offered.includes(chosen) ? chosen : "";
}

const option = (value, text) => make("option", { value }, text);
const status = (text) => (by("status").textContent = text);

function alarm(text, kind = "") {
  by("alert").textContent = text;
  by("alert").className = text ? kind : "";
}

function offer() {
  const [document_, against, record] = [by("documents").value, by("against").value, by("record").value];
  const named = (each, n) => option(String(n), `${each.name} · ${say(each.origin)}${each.version ? ` ${each.version}` : ""}`);
  fill(by("documents"), option("", say("a_draft")), ...known.documents.map(named));
  const instances = known.documents.flatMap((each) => each.instances ?? []);
  fill(by("against"), option("", say("nobody")), ...instances.map((each) => option(each, each)));
  fill(by("record"), ...known.records.map((each) => option(each, each)));
  [by("documents").value, by("against").value] = [document_, against];
  by("record").value = record || "attendance.Punch";
}

function relabel() {
  offer();
  by("body_state").textContent = body.state();
  shown(seen, state);
  soon();
}

// --- what somebody does -------------------------------------------------------------------------------------

const mayReplace = () => editor.text() === saved || window.confirm(say("replace"));

function begin(content, name) {
  editor.show(content);
  saved = content;
  by("name").value = name;
  by("form").value = "";
}

by("documents").addEventListener("change", (event) => {
  const chosen = known.documents[event.target.value];
  if (!mayReplace()) {
    event.target.value = "";
    return;
  }
  begin(chosen?.document ?? "", chosen?.name ?? "");
  by("against").value = chosen?.instances?.[0] ?? "";
  look();
});

by("propose").addEventListener("click", async () => {
  if (!mayReplace()) return;
  try {
    await body.taken();
    const { document: begun, missing } = await hub.proposal({ ...body.sample(), record: by("record").value });
    const world = by("record").value.split(".")[0];
    const fields = missing.map((each) => (each.perhaps ? say("perhaps", { field: each.field, at: each.perhaps }) : each.field));
    proposed = {
      document: begun,
      lacks: fields.length ? say("missing", { fields: fields.join(language() === "zh" ? "、" : ", ") }) : "",
    };
    begin(begun, by("name").value.startsWith(`${world}/`) ? by("name").value : "");
    by("documents").value = "";
    await look();
  } catch (error) {
    failed(error);
  }
});

by("keep").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const { against: _left, ...kept } = draft();
    handOut(`${by("case_name").value}.json`, (await hub.goldenCase(kept)).text);
  } catch (error) {
    failed(error);
  }
});

function download() {
  handOut(`${(by("name").value.split("/")[1] ?? "") || "document"}.json`, editor.text());
  saved = editor.text();
}

by("download").addEventListener("click", download);
by("copy").addEventListener("click", () => {
  editor.copy();
  saved = editor.text();
  status(say("copied"));
});
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    download();
  }
});
window.addEventListener("beforeunload", (event) => {
  if (editor.text() !== saved) event.preventDefault();
});
for (const id of ["form", "against"]) by(id).addEventListener("change", look);
for (const id of ["name", "context"]) by(id).addEventListener("input", soon);
body.whenChanged(soon);
editor.whenChanged(soon);

// --- who may ------------------------------------------------------------------------------------------------

function closed(why = "") {
  by("closed_why").textContent = why;
  if (!by("closed").open) by("closed").showModal();
  by("code").focus();
}

async function enter(link) {
  try {
    await hub.open(link);
    known = await hub.documents();
  } catch (error) {
    closed(error.message);
    return;
  }
  by("code").value = "";
  if (by("closed").open) by("closed").close();
  if (by("context").value === "") by("context").value = `zone=${known.zone}`;
  offer();
  look();
}

by("open").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(by("code").value);
});
by("closed").addEventListener("cancel", (event) => event.preventDefault());

write();
listen();
whenChanged(relabel);
offer();
editor.show("");
shown(seen, "empty");
// The code of a link stands behind the sign that no browser sends; it leaves the address bar at once.
function enterByLink() {
  const link = location.hash;
  if (link.length < 60) return false;
  history.replaceState(null, "", location.pathname);
  enter(link);
  return true;
}

window.addEventListener("hashchange", enterByLink);
if (!enterByLink()) closed();

// What a draft does, for people: records field by field, golden cases, what differs from the document in use.
import { by, fill, make } from "./dom.js";
import * as editor from "./editor.js";
import { say } from "./language.js";

const badge = (kind, text) => make("span", { class: `badge ${kind}` }, text);
const code = (text) => make("code", {}, text);
const hint = (text) => make("p", { class: "hint" }, text);
const SIGNS = { taken: "✓", ignored: "–", fault: "✕", passed: "✓", failed: "✕" };

/** The number of items of each fate. */
export function counted(preview) {
  const fates = preview.items.map((each) => fate(each.outcome));
  const of = (kind) => fates.filter((each) => each === kind).length;
  return { items: preview.total, taken: of("taken"), ignored: of("ignored"), faults: of("fault") };
}

const fate = (outcome) => ("records" in outcome ? "taken" : "ignored" in outcome ? "ignored" : "fault");

/** Show what is wrong with the document below it, and mark its lines. */
export function showFindings(found, empty) {
  const errors = found.filter((each) => each.refused).length;
  const counts = say("wrong", { errors, warnings: found.length - errors });
  by("findings_title").textContent = empty ? say("empty") : found.length ? counts : say("sound");
  by("findings_title").className = empty ? "" : errors ? "error" : found.length ? "warning" : "good";
  fill(by("findings"), ...found.map(finding));
  const marks = new Map();
  for (const each of found) if (marks.get(each.line) !== "error") marks.set(each.line, each.refused ? "error" : "warning");
  editor.mark(marks);
}

function finding(each) {
  const kind = each.refused ? "error" : "warning";
  const said = say("found_expected", each);
  const go = make(
    "button",
    { type: "button", class: `line ${kind}`, onclick: () => editor.go(each.line) },
    make("b", {}, `${say(kind)} · ${say("line", each)}`),
    each.pointer ? code(` ${each.pointer}`) : "",
    make("span", {}, ` ${said}${each.mend ? ` · ${each.mend}` : ""}`),
  );
  return make("li", {}, go);
}

/** Show the records, or what is to be done to have some. */
export function showRecords(seen, state) {
  const panel = by("records");
  if (!seen.preview) {
    by("tab_records").textContent = say("records", { n: 0 });
    fill(panel, make("p", { class: "begin" }, say(state === "refused" ? "mend_first" : "begin")));
    return;
  }
  const { items, total } = seen.preview;
  by("tab_records").textContent = say("records", { n: counted(seen.preview).taken });
  const more = total > items.length ? hint(say("more_items", { n: total - items.length })) : null;
  fill(panel, items.length ? unreadOfAll(items) : hint(say("no_items")), ...items.map(item), more);
}

function unreadOfAll(items) {
  const counts = new Map();
  for (const at of items.flatMap((each) => each.unread)) counts.set(at, (counts.get(at) ?? 0) + 1);
  if (!items.some((each) => each.fields.length)) return null;
  if (!counts.size) return make("p", { class: "good hint" }, `✓ ${say("all_read")}`);
  const list = [...counts].map(([at, n]) => make("li", {}, inserting(at), n > 1 ? ` ${say("times", { n })}` : ""));
  const title = make("summary", {}, say("unread_all", { n: counts.size }));
  return make("details", { open: true, class: "unread" }, title, hint(say("unread_hint")), make("ul", {}, ...list));
}

function inserting(at) {
  const put = () => editor.insert(JSON.stringify({ at }).replace(":", ": "));
  return make("button", { type: "button", class: "place", "aria-label": say("insert", { at }), onclick: put }, code(at));
}

function item(each) {
  const kind = fate(each.outcome);
  const where = each.where || say("whole_body");
  const title = make("h3", {}, badge(kind, `${SIGNS[kind]} ${say(kind)}`), " ", code(where));
  const json = make("details", {}, make("summary", {}, say("as_json")), make("pre", {}, asJson(each.outcome)));
  const more = each.more_fields ? hint(say("more_rows", { n: each.more_fields })) : null;
  return make("article", { class: kind }, title, ...story(each, kind), table(each, where), more, json);
}

// One line on what became of it.
function story(each, kind) {
  const { outcome } = each;
  if (kind === "ignored") return [make("p", {}, code(outcome.ignored))];
  if (kind === "taken") {
    const records = [...new Set(each.records)].join(", ");
    const made = make("p", {}, code(records), ` · ${say("key")} `, code(outcome.key || "–"));
    return outcome.fault ? [made, wrong(each)] : [made];
  }
  return [wrong(each)];
}

// What could not be read of it: all, or a part that is left out.
function wrong(each) {
  const { outcome } = each;
  const why = say("found_expected", each);
  const place = outcome.where ? [" ", say("at", { where: "" }).trim(), " ", code(outcome.where)] : [];
  return make("p", { class: "wrong" }, `${each.meaning} (`, code(outcome.fault), ")", ...place, make("br"), why);
}

function table(each, where) {
  if (!each.fields.length) return null;
  const several = new Set(each.fields.map((field) => field.record)).size > 1;
  const heads = ["field", "source", "value"].map((name) => make("th", { scope: "col" }, say(name)));
  const rows = each.fields.map((field) => row(field, several));
  const caption = make("caption", { class: "unseen" }, say("fields_of", { where }));
  return make("table", {}, caption, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows));
}

function row(field, several) {
  const go = make("button", {
    type: "button",
    class: "place",
    "aria-label": say("to_rule", field),
    onclick: () => editor.go(field.line),
  }, field.field);
  const record = several ? make("small", {}, field.record) : "";
  const told = field.details ? ` (${field.details})` : "";
  const from = [code(field.source), make("small", { class: "found" }, field.found || say("nothing_there"))];
  return make(
    "tr",
    { class: field.wrong ? "wrong" : "" },
    make("th", { scope: "row" }, go, record),
    make("td", {}, ...from),
    make("td", {}, field.conversion ? make("small", {}, `${field.conversion}${told} →`) : "", ...became(field)),
  );
}

function became(field) {
  if (!field.wrong) return [make("b", {}, field.value || "–")];
  if (field.wrong === "ignored") return [make("b", {}, `– ${say("ignored")}`), make("small", {}, field.expected)];
  const expected = field.expected ? say("expected", field) : "";
  return [make("b", {}, `✕ ${field.meaning || field.wrong}`), make("small", {}, expected)];
}

const asJson = (value) => JSON.stringify(value, null, 2);

/** Show how the golden cases went. */
export function showCases(seen, name) {
  const runs = seen.cases ?? [];
  by("tab_cases").textContent = say("cases", { n: runs.length });
  by("keep_hint").textContent = say("keep_hint", { name: name || "…" });
  fill(by("case_list"), ...(runs.length ? runs.map(run) : [hint(say(name ? "no_cases" : "name_first"))]));
  by("tab_cases").classList.toggle("error", runs.some((each) => !each.passed));
}

function run(each) {
  const kind = each.passed ? "passed" : "failed";
  const title = make("h3", {}, badge(kind, `${SIGNS[kind]} ${say(kind)}`), " ", code(each.case));
  const rows = each.differences.map((one) => [one.at, one.expected, one.found]);
  const wrong = each.findings.map((one) => make("p", { class: "wrong" }, `${one.pointer} ${say("found_expected", one)}`));
  return make("article", { class: kind }, title, ...wrong, differing(rows, "was_expected", "was_found", each.case));
}

function differing(rows, left, right, caption) {
  if (!rows.length) return null;
  const heads = ["place", left, right].map((name) => make("th", { scope: "col" }, say(name)));
  const body = rows.map(([at, one, other]) =>
    make("tr", {}, make("th", { scope: "row" }, code(at)), cell(one), cell(other)));
  const said = make("caption", { class: "unseen" }, caption);
  return make("table", {}, said, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...body));
}

const cell = (value) => make("td", {}, value === "" ? "–" : code(value));

/** Show what differs from the document in use. */
export function showChanges(seen) {
  const found = seen.difference;
  const n = found ? found.counts.rules + found.counts.body + found.counts.cases : 0;
  by("tab_changes").textContent = say("changes", { n });
  if (!found) return fill(by("change_list"), hint(say("choose_against")));
  if (!n) return fill(by("change_list"), make("p", { class: "good" }, `✓ ${say("same", { name: found.with })}`));
  const cases = found.cases.flatMap((each) => each.changes.map((one) => ({ ...one, at: `${each.case}${one.at}` })));
  const parts = [["rules_differ", found.rules, "rules"], ["body_differs", found.body, "body"], ["cases_differ", cases, "cases"]];
  return fill(by("change_list"), ...parts.filter(([, rows]) => rows.length).map((each) => part(...each, found)));
}

function part(title, rows, name, found) {
  const n = found.counts[name];
  const shown = rows.map((one) => [one.at, one.before, one.after]);
  const more = found[name].length < n ? hint(say("more_rows", { n: n - found[name].length })) : null;
  return make("article", {}, make("h3", {}, say(title, { n })), differing(shown, "before", "after", say(title, { n })), more);
}

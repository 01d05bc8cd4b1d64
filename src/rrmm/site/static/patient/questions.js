// What to find out next: each question with controls that answer it at once.
import { nameOf } from "./document.js";
import { element } from "./dom.js";
import { answers } from "./fields.js";

const OF_DRUG = /^prior_drugs\[(.*?)(?:, line (\d+))?\](?:\.(\w+))?$/;
const FEW = 6;

/** Return the list of questions; `page` is { treatments, store, set, fields }, `answered` is called after an answer. */
export function questionList(questions, page, answered) {
  return element("ol", { class: "questions" }, questions.map((question) => row(question, page, answered)));
}

function row(question, page, answered) {
  const controls = question.needs.map((need) => asked(need, page, answered)).filter(Boolean);
  const short = controls.length === 1 && controls[0].buttons.length <= FEW;
  if (!controls.length) return element("li", {}, question.text);
  const body = controls.map(({ label, buttons }) =>
    element("div", { class: "answers", role: "group", "aria-label": `${question.text} ${label}` },
      controls.length > 1 ? element("span", { class: "label" }, label) : null, buttons),
  );
  if (short) return element("li", {}, element("span", {}, question.text), body);
  return element("li", {}, element("details", {}, element("summary", {}, question.text), body));
}

/** Return the control of one need, or undefined where this page has no field for it. */
function asked(need, page, answered) {
  const of = OF_DRUG.exec(need);
  const set = (act) => (value) => { act(value); answered(); };
  if (need === "prior_drugs") {
    return { label: "", buttons: [element("button", { type: "button", onclick: page.enterDrugs }, "enter them")] };
  }
  if (!of) {
    const field = page.fields[need.replace(/\[.*$/, "")];
    return field && { label: field.label, buttons: answers(field, set((value) => page.set(field.path, value))).filter(Boolean) };
  }
  const [, drug, line, key = "best_response"] = of;
  const field = page.fields[`prior_drugs.${key}`];
  const meant = (entry) => nameOf(entry).toLowerCase() === drug.toLowerCase() && (!line || Number(entry.line) === Number(line));
  if (!field || !page.treatments().some(meant)) return undefined;
  const put = (value) => page.store(page.treatments().map((entry) => (meant(entry) ? { ...entry, [key]: value } : entry)));
  return { label: `${drug}${line ? `, line ${line}` : ""}: ${field.label}`, buttons: answers(field, set(put)).filter(Boolean) };
}

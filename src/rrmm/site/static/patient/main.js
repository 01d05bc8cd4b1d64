// The page of a patient: the form on one side, the answer on the other, and the patient file between them.
import { answer, count, places } from "./answer.js";
import { fromFragment, get, hasRest, parseExactly, set, toFragment, toYaml, treatments } from "./document.js";
import { element } from "./dom.js";
import { BrowserEngine, Refused, ServiceEngine, Unavailable } from "./engines.js";
import { control } from "./fields.js";
import { lines } from "./lines.js";
import { suggester } from "./names.js";
import { beginLoad, noteEdit } from "./turns.js";

const WAIT = 200;
const SECTIONS = [
  ["patient", ["age", "region", "frailty", "ecog", "egfr", "comorbidities"]],
  ["disease", ["cytogenetics", "relapse.type", "relapse.aggressive_features", "relapse.acute_onset"]],
];
const APART = { transplant: "Transplantation", "relapse.findings": "Findings at relapse" };
const SUGGESTED = { comorbidities: "comorbidity", cytogenetics: "cytogenetics", "relapse.aggressive_features": "finding" };
const FIRST = "prior_lines";
const LINK = "#patient=";
const SKIPPED = new Set(["id", FIRST]);

const by = (id) => document.getElementById(id);
const root = by("patient");
const status = by("status");
const shown = by("shown");
// `answer` is { glance, patient, view, turn }: what is shown, and of whom; an option opens for that patient, by that view.
// `kept` is { patient, view } at the beginning of what if; `base` is where options stand for it, as soon as that is known.
const state = { patient: {}, view: {}, answer: undefined, base: undefined, kept: undefined, opened: new Set(), folded: new Map() };
let engine;
let form;
let sections = [];
let shows = [];
let prior;
let timer;
let turn = 0;
// The turn in which a fault was told that is not of its answer: the answer that was under way then does not take it away.
let faulty;

const page = {
  patient: () => state.patient,
  treatments: () => treatments(state.patient, form.rest),
  hasRest: () => hasRest(state.patient, form.rest),
  /** Store the prior treatments, and whether there may have been others. */
  store: (entries, rest = page.hasRest()) => {
    const all = rest ? [...entries, form.rest] : entries;
    page.set("prior_drugs", all.length ? all : undefined);
  },
  set: (path, value) => {
    noteEdit();
    set(state.patient, path, value);
    if (path === FIRST) draw();
    changed();
  },
  detail: (name) => engine.option(state.answer.patient, name, state.answer.view),
  opened: state.opened,
  folded: state.folded,
  get without() { return state.answer.view.without ?? []; },
  leave: (name) => {
    if (!state.kept) whatIf(true);
    leaveOut([...leftOut(), name]);
  },
  restore: (name) => leaveOut(leftOut().filter((one) => one !== name)),
  get base() { return state.base; },
  enterDrugs: () => by("lines").querySelector("input").focus(),
  answered: () => { draw(); by("asking")?.focus(); },
};

// -- the form

function held(path) {
  return { get: () => get(state.patient, path), set: (value) => page.set(path, value) };
}

function build() {
  page.fields = Object.fromEntries(form.fields.map((field) => [field.path, field]));
  Object.assign(page.fields.region, { choices: form.regions, countries: form.countries });
  const names = { drug: page.fields["prior_drugs.drug"].choices, regimen: page.fields["prior_drugs.regimen"].choices };
  page.suggest = suggester(engine, names, ["drug", "class", "regimen", "procedure"]);
  page.drugsOf = async (label) => (await engine.names(label, "regimen")).meanings.find((one) => one.label === label)?.drugs ?? [];
  sections = SECTIONS.map(([id, paths]) => [by(`${id}-fields`), paths]);
  const told = new Set(sections.flatMap(([, paths]) => paths));
  const rest = form.fields.map((field) => field.path).filter((path) => !told.has(path) && !SKIPPED.has(path) && !path.startsWith("prior_drugs."));
  const groups = new Map([["Other facts", []]]);
  for (const path of rest) {
    const name = Object.entries(APART).find(([prefix]) => path.startsWith(`${prefix}.`))?.[1] ?? "Other facts";
    groups.set(name, [...(groups.get(name) ?? []), path]);
  }
  for (const [name, paths] of groups) {
    const fields = element("div", { class: "fields" });
    by("more").append(element("details", {}, element("summary", {}, name), fields));
    sections.push([fields, paths]);
  }
}

/** Make every field anew, so that nothing typed for the patient before stays in the form, or comes into it late. */
function fill() {
  shows = [];
  prior = lines(page);
  by("lines").replaceChildren(prior.node, make(FIRST));
  for (const [node, paths] of sections) node.replaceChildren(...paths.map(make));
  draw();
}

function make(path) {
  const field = page.fields[path];
  const where = SUGGESTED[path];
  const made = control(field, held(path), where && suggester(engine, { [where]: field.choices }, [where]));
  shows.push(made.show);
  return made.node;
}

function draw() {
  prior.show();
  for (const show of shows) show();
}

// -- the answer

function changed() {
  if (location.hash.startsWith(LINK)) history.replaceState(null, "", location.pathname + location.search);
  turn += 1;
  clearTimeout(timer);
  timer = setTimeout(ask, WAIT);
}

async function ask() {
  const mine = turn;
  const asked = structuredClone({ patient: state.patient, view: state.view });
  if (!state.answer) shown.textContent = root.dataset.pack ? "Python starts in this browser …" : "…";
  shown.setAttribute("aria-busy", "true");
  try {
    const glance = await engine.glance(asked.patient, asked.view);
    if (mine !== turn) return;
    state.answer = { glance, turn: mine, ...asked };
    if (faulty !== mine) fault();
    render();
  } catch (error) {
    if (mine !== turn) return;
    empty();
    fault(error, ask);
  } finally {
    if (mine === turn) shown.removeAttribute("aria-busy");
  }
}

function render() {
  const within = shown.contains(document.activeElement);
  shown.replaceChildren(...answer(state.answer.glance, page));
  if (within) by("asking")?.focus();
  status.textContent = count(state.answer.glance);
}

/** Take the answer away: none stands beside a patient that it is not of. */
function empty() {
  state.answer = undefined;
  shown.replaceChildren();
  status.textContent = "";
}

function reason(error) {
  return error.message.replace(/^patient: /, "");
}

/** Tell what is wrong, or take it away; `again` asks once more where no answer came. */
function fault(error, again) {
  const box = by("fault");
  faulty = error && !again ? turn : undefined;
  box.hidden = !error;
  for (const marked of root.querySelectorAll(".at-fault")) marked.classList.remove("at-fault");
  if (!error) return box.replaceChildren();
  box.replaceChildren(element("strong", {}, error instanceof Refused ? "Not understood: " : "No answer: "), reason(error));
  if (again && error instanceof Unavailable) box.append(" ", element("button", { type: "button", onclick: () => again() }, "Try again"));
  const key = error.key?.replace(/\[.*$/, "");
  if (key) root.querySelector(`[data-key="${CSS.escape(key)}"]`)?.classList.add("at-fault");
  return undefined;
}

// -- whole patients

/** Show another patient; return what is to be told of it, or undefined where it was overtaken meanwhile. */
async function load(patient, overtaken = beginLoad()) {
  const { settled, unasked } = await settle(patient);
  if (overtaken()) return undefined;
  show(settled);
  endWhatIf();
  const left = unasked.length ? `Names could not be looked up; left as written: ${unasked.join(", ")}.` : "";
  say(left);
  return { left };
}

function show(patient) {
  state.patient = structuredClone(patient);
  state.opened.clear();
  empty();
  fault();
  say("");
  fill();
  changed();
}

/** Return a patient whose prior treatments are what their words name, so that every chip is a drug, and the words not asked. */
async function settle(patient) {
  const known = new Set(page.fields["prior_drugs.drug"].choices);
  const settled = [];
  const unasked = [];
  for (const entry of treatments(patient, form.rest)) {
    const word = typeof entry.drug === "string" ? entry.drug : entry.drug ? undefined : entry.regimen;
    if (word === undefined || known.has(word)) {
      settled.push(entry);
      continue;
    }
    const { meanings } = await engine.names(word).catch(() => {
      unasked.push(word);
      return { meanings: [] };
    });
    const meant = meanings.filter(({ certainty }) => certainty !== "ambiguous");
    const drug = meant.find(({ where }) => where === "drug");
    const regimen = meant.find(({ where }) => where === "regimen");
    if (drug) settled.push({ ...entry, drug: drug.label });
    else if (regimen) settled.push(...regimen.drugs.map((label) => ({ ...entry, drug: label, regimen: regimen.label })));
    else settled.push(entry);
  }
  if (!settled.length) return { settled: patient, unasked };
  return { settled: { ...patient, prior_drugs: hasRest(patient, form.rest) ? [...settled, form.rest] : settled }, unasked };
}

async function open(file) {
  const overtaken = beginLoad();
  by("example").value = "";
  try {
    const text = await file.text();
    const kind = kindOf(text);
    const [first, ...more] = kind ? await engine.intake(kind, text) : [{ patient: await engine.read(text), not_understood: [], assumed: [] }];
    if (!first) throw new Error(`${file.name} holds no patient.`);
    const loaded = await load(first.patient, overtaken);
    if (!loaded) return;
    const lost = first.not_understood.map(({ what, why }) => `${what}: ${why}`);
    say(
      `${file.name} is read${more.length ? `; its first patient of ${more.length + 1}` : ""}. ${loaded.left}`.trim(),
      [...lost.map((text) => `Not understood: ${text}`), ...first.assumed.map((text) => `Assumed: ${text}`)],
    );
  } catch (error) {
    if (overtaken()) return;
    say(`${file.name} is not read.`);
    fault(error);
  } finally {
    if (overtaken() === "edit") say(`${file.name} is not read: the patient was changed meanwhile. Open it again.`);
  }
}

/** Return the standard of a record, or undefined for a patient file. */
function kindOf(text) {
  try {
    const record = JSON.parse(text);
    return record?.resourceType ? "fhir" : record?.metaData && record?.subject ? "phenopacket" : undefined;
  } catch {
    return undefined;
  }
}

function say(text, list = []) {
  by("told").replaceChildren(text, list.length ? element("details", {}, element("summary", {}, `${list.length} notes on it`), element("ul", {}, list.map((line) => element("li", {}, line)))) : "");
}

// -- what stands above the answer

function save(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = element("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

async function link() {
  history.replaceState(null, "", `${LINK}${toFragment(state.patient)}`);
  const address = location.href;
  let told = "The link is copied, and stands in the address.";
  try {
    await navigator.clipboard.writeText(address);
  } catch {
    told = "The link stands in the address.";
  }
  if (location.href === address) say(`${told} It holds the patient: whoever has it can read it.`);
}

function whatIf(on) {
  if (on && !state.answer) return;
  by("what-if").setAttribute("aria-pressed", String(on));
  by("back").hidden = !on;
  state.kept = on ? structuredClone({ patient: state.patient, view: state.view }) : undefined;
  state.base = on && isCurrent() ? places(state.answer.glance) : undefined;
  if (on && !state.base) askBase(state.kept);
  if (state.answer) render();
}

/** Return whether the answer that is shown is of the patient in the form. */
function isCurrent() {
  return state.answer?.turn === turn;
}

/** Ask where options stand for the patient at the beginning of what if: an edit was not answered yet, and others may follow. */
async function askBase(kept) {
  try {
    const glance = await engine.glance(kept.patient, kept.view);
    if (state.kept !== kept) return;
    state.base = places(glance);
    if (isCurrent()) render();
  } catch (error) {
    if (state.kept === kept) say(`What if has nothing to compare with: ${reason(error)}`);
  }
}

/** End what if for another patient. Rules left out of it return; the day of the sources, which its field shows, stays. */
function endWhatIf() {
  whatIf(false);
  state.view = { ...state.view, without: undefined };
}

function back() {
  beginLoad();
  state.view = structuredClone(state.kept.view);
  by("view").value = state.view.as_of ?? "";
  show(state.kept.patient);
}

function setView() {
  state.view = { ...state.view, as_of: by("view").value || undefined };
  changed();
}

function leftOut() {
  return state.view.without ?? [];
}

function leaveOut(names) {
  state.view = { ...state.view, without: names.length ? names : undefined };
  changed();
}

function listen() {
  const name = () => String(state.patient.id ?? "patient").replace(/[^\w-]+/g, "-");
  by("example").addEventListener("change", ({ target }) => target.value && load(form.examples[Number(target.value)]));
  by("clear").addEventListener("click", () => { by("example").value = ""; load({}); });
  by("open").addEventListener("click", () => by("file").click());
  by("file").addEventListener("change", ({ target }) => { if (target.files[0]) open(target.files[0]); target.value = ""; });
  by("link").addEventListener("click", link);
  by("print").addEventListener("click", () => print());
  by("yaml").addEventListener("click", () => save(`${name()}.yaml`, "application/yaml", toYaml(state.patient) || "{}\n"));
  by("json").addEventListener("click", () => save(`${name()}.json`, "application/json", `${JSON.stringify(state.patient, null, 2)}\n`));
  by("what-if").addEventListener("click", () => whatIf(!state.kept));
  by("back").addEventListener("click", back);
  by("view").addEventListener("change", setView);
  root.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("dropping"); });
  addEventListener("dragleave", (event) => !event.relatedTarget && document.body.classList.remove("dropping"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    const [file, ...others] = event.dataTransfer.files;
    if (others.length) say(`${others.length + 1} files were dropped, and none is read. Drop one.`);
    else if (file) open(file);
  });
  addEventListener("hashchange", () => location.hash.startsWith(LINK) && fromLink());
}

async function fromLink() {
  const fragment = location.hash;
  if (!fragment.startsWith(LINK)) {
    const example = new URLSearchParams(location.search).get("example") ?? "";
    if (form.examples[example]) by("example").value = example;
    return load(form.examples[example] ?? {});
  }
  const overtaken = beginLoad();
  history.replaceState(null, "", location.pathname + location.search);
  by("example").value = "";
  try {
    const text = fromFragment(fragment.slice(LINK.length));
    const patient = parseExactly(text) ?? (await engine.read(text));
    if (await load(patient, overtaken)) history.replaceState(null, "", fragment);
  } catch (error) {
    if (overtaken() || !(await load({}))) return;
    if (error instanceof Unavailable) {
      history.replaceState(null, "", fragment);
      say(`The link is not read: ${reason(error)} Load the page again.`);
      return;
    }
    const why = error instanceof Refused ? ` Not understood: ${reason(error)}` : "";
    say(`The link holds no patient. Enter one, or open the link again.${why}`);
  } finally {
    if (overtaken() === "edit") say("The link is not read: the patient was changed meanwhile. Open it again.");
  }
}

async function fetchForm(address) {
  const reply = await fetch(address).catch(() => undefined);
  if (!reply?.ok) throw new Unavailable("The form could not be fetched. Load the page again.");
  return reply.json();
}

async function start() {
  const { api, pack } = root.dataset;
  if (api) engine = new ServiceEngine(new URL(api, location.href).href);
  else if (pack) engine = new BrowserEngine(new URL(pack, location.href).href);
  else {
    say("This page needs the service: pip install 'rrmm[serve]', then rrmm serve.");
    document.querySelector(".split").hidden = true;
    return;
  }
  form = await fetchForm(root.dataset.form);
  engine.names("warm-up").catch(() => undefined);
  for (const [place, { title }] of form.examples.entries()) by("example").append(element("option", { value: String(place) }, title));
  const days = form.sources.map((source) => source.published).sort();
  by("view").append(
    element("option", { value: "" }, `all sources, to ${days.at(-1)}`),
    ...days.slice(0, -1).map((day) => element("option", { value: day }, `as of ${day}`)),
  );
  build();
  listen();
  await fromLink();
  new IntersectionObserver(([seen]) => { by("jump").hidden = seen.isIntersecting; }).observe(by("answer"));
}

start().catch((error) => fault(error));

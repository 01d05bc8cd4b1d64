// Prior therapy as lines of chips: one chip for each drug, with its status; a chip opens to what else is known of it.
import { combobox } from "./combobox.js";
import { nameOf } from "./document.js";
import { element } from "./dom.js";
import { control } from "./fields.js";

const BELOW = "prior_drugs.";
const EDITED = ["status", "best_response", "response_duration_mo", "days_from_last_dose_to_progression", "toxicity", "line"];
const NOWHERE = 0;

/** Return { node, show } of the prior therapy; `page` is
 * { patient, treatments, hasRest, store, set, fields, suggest, drugsOf }. */
export function lines(page) {
  const node = element("div", { class: "lines" });
  let open;
  let count = 1;
  const adders = new Map();

  const all = element("input", { type: "checkbox", onchange: () => page.set("prior_lines", all.checked ? told() || undefined : undefined) });
  const whole = element("label", { class: "whole" }, all, " there were no other lines");
  const told = () => new Set(entries().map(lineOf).filter((number) => number !== NOWHERE)).size;

  const entries = page.treatments;
  const more = element("input", { type: "checkbox", onchange: () => page.store(entries(), more.checked) });
  const others = element("label", { class: "whole" }, more, " other drugs may have been given");
  const lineOf = (entry) => Number(entry.line) || NOWHERE;
  function store(next) {
    page.store(next);
    if (all.checked) page.set("prior_lines", told() || undefined);
    show();
  }

  /** Add what a word names to a line; return what is to be asked where it is no drug. */
  async function take(line, offer, word, check) {
    if (offer?.where === "procedure") {
      return { text: `${offer.label} is a procedure: tell it under Transplantation.`, choices: [] };
    }
    const at = line === NOWHERE ? {} : { line };
    let added;
    if (offer?.where === "regimen") {
      const drugs = offer.drugs?.length ? offer.drugs : await page.drugsOf(offer.label);
      check();
      added = drugs.map((drug) => ({ drug, regimen: offer.label, ...at }));
      if (!added.length) added = [{ regimen: offer.label, ...at }];
    } else if (offer?.where === "class") added = [{ drug: { class: offer.label }, ...at }];
    else if (offer) added = [{ drug: offer.label, ...at }];
    else {
      const add = () => store([...entries(), { drug: { other: word }, ...at }]);
      return { text: `No source knows “${word}”.`, choices: [["Add it all the same", add]] };
    }
    const held = entries();
    const fresh = added.filter((one) => !held.some((other) => nameOf(other) === nameOf(one) && lineOf(other) === lineOf(one)));
    open = fresh.length === 1 ? held.length : undefined;
    store([...held, ...fresh]);
    return undefined;
  }

  function chip(entry, place) {
    const status = String(entry.status ?? "").replaceAll("_", " ");
    const asides = [entry.best_response, status].filter(Boolean).join(", ");
    return element(
      "button",
      {
        type: "button", class: `drug ${status.split(" ")[0]}`, "aria-expanded": String(open === place), "data-place": place,
        onclick: () => { open = open === place ? undefined : place; show(); node.querySelector(`[data-place="${place}"]`)?.focus(); },
      },
      nameOf(entry), asides ? " " : null, asides ? element("small", {}, asides) : null,
    );
  }

  function editor(place) {
    const change = (key) => ({
      get: () => entries()[place]?.[key],
      set: (value) => {
        const next = entries().map((entry) => ({ ...entry }));
        if (value === undefined) delete next[place][key];
        else next[place][key] = value;
        page.store(next);
        if (key === "line") show();
        else node.querySelector(`[data-place="${place}"]`)?.replaceWith(chip(next[place], place));
      },
    });
    const controls = EDITED.map((key) => control(page.fields[BELOW + key], change(key)));
    controls.forEach((one) => one.show());
    const remove = element(
      "button",
      { type: "button", class: "plain", onclick: () => { open = undefined; store(entries().filter((_, number) => number !== place)); node.querySelector("input")?.focus(); } },
      `Remove ${nameOf(entries()[place])}`,
    );
    return element("div", { class: "editor", role: "group", "aria-label": nameOf(entries()[place]) }, controls.map((one) => one.node), remove);
  }

  function together(of) {
    const field = page.fields[`${BELOW}status`];
    const input = element(
      "select",
      {
        "aria-label": "Status of every drug of this line",
        onchange: () => {
          const places = new Set(of.map(([, place]) => place));
          store(entries().map((entry, place) => (places.has(place) && input.value ? { ...entry, status: input.value } : entry)));
        },
      },
      element("option", { value: "" }, "all: status …"), field.choices.map((value) => element("option", { value }, value.replaceAll("_", " "))),
    );
    return input;
  }

  /** Return the field that adds to a line: always the same, so that what is being typed there stays. */
  function adder(number, name) {
    if (!adders.has(number)) {
      const field = combobox({
        label: `${name}: add a drug or regimen`, placeholder: "drug, regimen or brand …",
        suggest: page.suggest, take: (offer, word, check) => take(number, offer, word, check),
      });
      field.dataset.line = number;
      adders.set(number, field);
    }
    return adders.get(number);
  }

  function line(number) {
    const of = entries().map((entry, place) => [entry, place]).filter(([entry]) => lineOf(entry) === number);
    const name = number === NOWHERE ? "Line not known" : `Line ${number}`;
    const field = adder(number, name);
    return element(
      "fieldset", { class: "line" },
      element("legend", {}, name),
      of.length ? element("div", { class: "chips" }, of.map(([entry, place]) => chip(entry, place)), of.length > 1 ? together(of) : null) : null,
      field,
      of.some(([, place]) => place === open) ? editor(open) : null,
    );
  }

  function show() {
    const held = entries();
    const typing = [...adders.values()].map((field) => field.querySelector("input")).find((input) => input === document.activeElement);
    if (open !== undefined && open >= held.length) open = undefined;
    count = Math.max(1, count, ...held.map(lineOf));
    const numbers = Array.from({ length: count }, (_, place) => place + 1);
    if (held.some((entry) => lineOf(entry) === NOWHERE)) numbers.unshift(NOWHERE);
    node.replaceChildren(
      ...numbers.map(line),
      element(
        "button",
        { type: "button", class: "plain", onclick: () => { count += 1; show(); node.querySelector(`[data-line="${count}"] input`)?.focus(); } },
        "Add a line",
      ),
      whole,
      others,
    );
    more.checked = page.hasRest();
    all.checked = told() > 0 && page.patient().prior_lines === told();
    typing?.focus();
  }

  return { node, show };
}

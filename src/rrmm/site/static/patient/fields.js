// Controls for the keys of a patient file. Each is { node, show }: `show` draws what the patient says now.
import { combobox } from "./combobox.js";
import { listing } from "./document.js";
import { element, unique } from "./dom.js";

const UNKNOWN = "not known";
const TRUTHS = [["yes", true], ["no", false]];
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)$/;
const NEXT = { unknown: "present", present: "absent", absent: "unknown" };
const SIGNS = { unknown: "", present: "+ ", absent: "– " };

/** Return the control of a key; `held` is { get, set } of its value, `suggest` offers names for a list. */
export function control(field, held, suggest) {
  if (field.kind === "number" || field.kind === "integer") return number(field, held);
  if (field.kind === "boolean") return select(field, held, TRUTHS);
  if (field.kind === "choice") return select(field, held, field.choices.map((label) => [label.replaceAll("_", " "), label]));
  if (field.kind === "list") return list(field, held, suggest);
  if (field.kind === "code") return country(field, held);
  return text(field, held);
}

function labelled(field, id, input, ...more) {
  const unit = field.unit ? element("span", { class: "unit" }, field.unit) : null;
  const label = element("label", { for: id, title: field.help }, field.label);
  return element("div", { class: "field", "data-key": field.path }, label, element("span", { class: "input" }, input, unit), ...more);
}

/**
 * Return { input, read } of a number: `read` returns it, or undefined, and marks what is none as invalid, with the reason.
 * The field takes text: one of type number drops what it does not know, and makes 455 of 45,5.
 */
function numeric(field, attributes) {
  const input = element("input", { type: "text", inputmode: "decimal", maxlength: "40", autocomplete: "off", ...attributes });
  const kind = field.kind === "integer" ? "a whole number" : "a number such as 45.5";
  const read = () => {
    const said = input.value.trim();
    const value = Number(said);
    const range = `${field.minimum} to ${field.maximum}`;
    const known = NUMBER.test(said) && (field.kind !== "integer" || Number.isInteger(value));
    const within = !(value < field.minimum || value > field.maximum);
    input.setCustomValidity(said === "" || (known && within) ? "" : known ? range : `${kind}, ${range}`);
    return said !== "" && input.checkValidity() ? value : undefined;
  };
  return { input, read };
}

function number(field, held) {
  const id = unique("field");
  const hint = element("small", { id: `${id}-hint`, class: "hint", hidden: true });
  const { input, read } = numeric(field, {
    id, "aria-describedby": hint.id,
    oninput: () => {
      const value = read();
      const valid = input.checkValidity();
      hint.hidden = valid;
      hint.textContent = input.validationMessage;
      input.setAttribute("aria-invalid", String(!valid));
      held.set(value);
    },
  });
  const show = () => {
    const value = held.get();
    if (value === undefined && input.getAttribute("aria-invalid") === "true") return;
    const inWords = typeof value === "string" && Number.isNaN(Number(value));
    if (document.activeElement !== input) input.value = inWords ? "" : (value ?? "");
    hint.hidden = !inWords;
    hint.textContent = hint.hidden ? "" : `as written: ${value}`;
    input.removeAttribute("aria-invalid");
  };
  return { node: labelled(field, id, input, hint), show };
}

function text(field, held) {
  const id = unique("field");
  const input = element("input", { id, type: "text", maxlength: "200", autocomplete: "off", oninput: () => held.set(input.value) });
  const show = () => {
    if (document.activeElement !== input) input.value = held.get() ?? "";
  };
  return { node: labelled(field, id, input), show };
}

/** Return what all spellings of a country share: letters and figures, small and without marks. */
function fold(name) {
  return name.normalize("NFKD").toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

// A country by its code or name; what is no country says so and is not known.
function country(field, held) {
  const id = unique("field");
  const codes = new Map(Object.entries(field.countries).map(([name, code]) => [fold(name), code]));
  const names = Object.keys(field.countries).filter((name) => name.length > 3);
  const listed = element("datalist", { id: `${id}-list` }, names.map((value) => element("option", { value, label: field.countries[value] })));
  const hint = element("small", { id: `${id}-hint`, class: "hint", hidden: true });
  const tell = (said) => {
    const code = codes.get(fold(said));
    const known = code || fold(said) === "";
    hint.hidden = known && (!code || said.trim().toUpperCase() === code);
    hint.classList.toggle("read", Boolean(code));
    hint.textContent = code ? `read as ${code}` : "unknown country: give its name or its code of two letters";
    input.setAttribute("aria-invalid", String(!known));
    return code;
  };
  const input = element("input", {
    id, type: "text", list: listed.id, maxlength: "200", autocomplete: "off", "aria-describedby": hint.id,
    oninput: () => held.set(tell(input.value)),
  });
  const show = () => {
    const said = String(held.get() ?? "");
    const open = said === "" && input.getAttribute("aria-invalid") === "true" && input.value !== "";
    if (document.activeElement === input || open) return;
    if (said !== codes.get(fold(input.value))) input.value = said;
    tell(input.value);
  };
  return { node: labelled(field, id, input, listed, hint), show };
}

function select(field, held, choices) {
  const id = unique("field");
  const options = [element("option", { value: "" }, UNKNOWN), ...choices.map(([words], place) => element("option", { value: String(place) }, words))];
  const input = element("select", { id, onchange: () => held.set(input.value === "" ? undefined : choices[Number(input.value)][1]) }, options);
  const show = () => {
    const value = held.get();
    const place = choices.findIndex(([, one]) => one === value || String(one).toLowerCase() === String(value).toLowerCase());
    const other = place < 0 && value !== undefined;
    input.querySelector("[data-other]")?.remove();
    if (other) input.append(element("option", { value: "other", "data-other": "", disabled: true }, String(value)));
    input.value = other ? "other" : place < 0 ? "" : String(place);
  };
  return { node: labelled(field, id, input), show };
}

function list(field, held, suggest) {
  const id = unique("list");
  const chips = element("div", { class: "chips" });
  const entries = () => listing(held.get());
  const put = (name, state, entry) => {
    const rest = entries().filter((one) => one.name.toLowerCase() !== name.toLowerCase()).map((one) => one.entry);
    if (state === "present") rest.push(entry ?? name);
    if (state === "absent") rest.push({ name, present: false });
    held.set(rest.length ? rest : undefined);
    show();
  };
  const add = ({ label } = {}, word) => put(label ?? word, "present");
  const field_ = suggest ? combobox({ label: `Add: ${field.label}`, placeholder: "another name …", suggest, take: add }) : null;

  function show() {
    const said = entries();
    const by = new Map(said.map((one) => [one.name.toLowerCase(), one]));
    const others = said.filter((one) => !field.choices.some((label) => label.toLowerCase() === one.name.toLowerCase()));
    const focused = chips.contains(document.activeElement) ? document.activeElement.dataset.name : undefined;
    chips.replaceChildren(
      ...[...field.choices, ...others.map((one) => one.name)].map((name) => {
        const one = by.get(name.toLowerCase());
        const state = one ? (one.present ? "present" : "absent") : "unknown";
        return element(
          "button",
          {
            type: "button", class: `state ${state}`, "data-name": name, "aria-label": `${name}: ${state === "unknown" ? UNKNOWN : state}`,
            title: "present, absent, not known", onclick: () => put(name, NEXT[state], one?.entry.other ? one.entry : undefined),
          },
          `${SIGNS[state]}${name}`,
        );
      }),
      element(
        "button",
        {
          type: "button", class: `state ${Array.isArray(held.get()) && !said.length ? "present" : "unknown"}`, "data-name": "none",
          "aria-pressed": String(Array.isArray(held.get()) && !said.length),
          onclick: () => { held.set(Array.isArray(held.get()) && !said.length ? undefined : []); show(); },
        },
        "none",
      ),
    );
    if (focused) [...chips.children].find((chip) => chip.dataset.name === focused)?.focus();
  }
  const node = element(
    "div", { class: "field list", role: "group", "aria-labelledby": id, "data-key": field.path },
    element("span", { id, class: "label", title: field.help }, field.label), chips, field_,
  );
  return { node, show };
}

/** Return buttons (or a number) that answer a key at once. */
export function answers(field, set) {
  if (field.kind === "number" || field.kind === "integer") {
    const { input, read } = numeric(field, { "aria-label": field.label });
    const give = () => {
      const value = read();
      if (value !== undefined) set(value);
      else input.reportValidity();
    };
    input.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), give()));
    return [input, field.unit ? element("span", { class: "unit" }, field.unit) : null, button("set", give)];
  }
  if (field.kind === "boolean") return TRUTHS.map(([words, value]) => button(words, () => set(value)));
  if (field.kind === "list") return [...field.choices.map((label) => button(label, () => set([label]))), button("none", () => set([]))];
  return (field.choices ?? []).map((label) => button(label.replaceAll("_", " "), () => set(label)));
}

function button(words, act) {
  return element("button", { type: "button", onclick: act }, words);
}

// The patient file in this page: a plain object, as the API takes it. What is not known has no key.

/** Return the value at a path such as relapse.type; undefined where it is not known. */
export function get(patient, path) {
  return path.split(".").reduce((value, key) => value?.[key] ?? undefined, patient);
}

/** Set the value at a path; undefined, an empty text or null takes the key away, and a mapping that it leaves empty. */
export function set(patient, path, value) {
  const [head, ...rest] = path.split(".");
  if (rest.length) {
    const below = { ...patient[head] };
    set(below, rest.join("."), value);
    value = Object.keys(below).length ? below : undefined;
  }
  if (value === undefined || value === null || value === "") delete patient[head];
  else patient[head] = value;
}

function priorDrugs(patient) {
  const prior = patient.prior_drugs ?? [];
  return Array.isArray(prior) ? prior : [prior];
}

/** Return whether an entry is the word that further ones are not known. */
function isRest(entry, rest) {
  return typeof entry === "string" && entry.trim().toLowerCase() === rest;
}

/** Return whether the prior drugs end with the word that further ones are not known. */
export function hasRest(patient, rest) {
  return priorDrugs(patient).some((entry) => isRest(entry, rest));
}

/** Return the prior treatments as mappings; a lone word is a drug, the word `rest` none. */
export function treatments(patient, rest) {
  return priorDrugs(patient)
    .filter((entry) => !isRest(entry, rest))
    .map((entry) => (typeof entry === "object" && entry !== null ? entry : { drug: String(entry) }));
}

/** Return what a treatment is called. */
export function nameOf(entry) {
  const drug = entry.drug;
  if (drug && typeof drug === "object") return drug.class ?? drug.other ?? "?";
  return String(drug ?? entry.class ?? entry.other ?? entry.regimen ?? "?");
}

/** Return a list of a patient file as entries with name and present. */
export function listing(value) {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map((entry) => {
    if (typeof entry !== "object" || entry === null) return { name: String(entry), present: true, entry };
    return { name: String(entry.name ?? entry.other), present: entry.present !== false, entry };
  });
}

/** Return the patient as the part of a link behind the #. */
export function toFragment(patient) {
  const bytes = new TextEncoder().encode(JSON.stringify(patient));
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Return the text behind the # of a link; throws where there is none. */
export function fromFragment(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

/** Return the mapping of a JSON text, or undefined where JavaScript holds another (a key stands twice); throws for no JSON. */
export function parseExactly(text) {
  const value = JSON.parse(text);
  return text.startsWith("{") && JSON.stringify(value) === text ? value : undefined;
}

/** Return a patient as YAML: mappings and lists in block style, texts in quotes where they need them. */
export function toYaml(value, indent = "") {
  if (Array.isArray(value)) {
    return value.map((entry) => `${indent}-${below(entry, `${indent}  `).replace(/^\n\s+/, " ")}`).join("");
  }
  return Object.entries(value)
    .map(([key, entry]) => `${indent}${key}:${below(entry, `${indent}  `)}`)
    .join("");
}

function below(value, indent) {
  if (Array.isArray(value)) return value.length ? `\n${toYaml(value, indent)}` : " []\n";
  if (typeof value === "object" && value !== null) return `\n${toYaml(value, indent)}`;
  return ` ${scalar(value)}\n`;
}

const PLAIN = /^[A-Za-z][\w .,;/()+-]*$/;
const RESERVED = /^(true|false|null|yes|no|on|off|y|n)$/i;

function scalar(value) {
  if (typeof value !== "string") return JSON.stringify(value);
  return PLAIN.test(value) && value === value.trim() && !RESERVED.test(value) ? value : JSON.stringify(value);
}

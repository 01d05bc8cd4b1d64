// Two engines that answer for a patient: the service beside this page, or Python in a worker of this browser.
// Each has glance(patient, view), option(patient, name, view), names(word, where), read(text), intake(form, text).
// A text goes to Python as it is: JavaScript would take the last of two equal keys, and round long numbers.

/** An answer that says what is wrong with what was asked; key and offers as in the API. */
export class Refused extends Error {
  constructor({ detail, key, offers }) {
    super(detail);
    this.key = key;
    this.offers = offers ?? [];
  }
}

/** No answer: the service is busy, ends, fails or is not there, or Python does not start. It can be asked again. */
export class Unavailable extends Error {}

const BUSY = 429;
const FAILED = 500;

export class ServiceEngine {
  constructor(base) {
    this.base = base;
  }

  async glance(patient, view) {
    return JSON.parse(await this.post(`glance${query(view)}`, JSON.stringify(patient)));
  }

  option(patient, name, view) {
    return this.post(`option${query({ name, ...view })}`, JSON.stringify(patient));
  }

  async names(word, where) {
    return JSON.parse(await this.ask(`names${query({ word, where })}`, {})).names[0];
  }

  async read(text) {
    return JSON.parse(await this.post("read", text, "application/yaml"));
  }

  async intake(form, text) {
    return JSON.parse(await this.post(`intake${query({ from: form })}`, text));
  }

  post(path, body, type = "application/json") {
    return this.ask(path, { method: "POST", headers: { "Content-Type": type }, body });
  }

  async ask(path, options) {
    let reply;
    let text;
    try {
      reply = await fetch(`${this.base}${path}`, options);
      text = await reply.text();
    } catch {
      throw new Unavailable("The service does not answer. Is it still running?");
    }
    if (reply.ok) return text;
    const problem = { detail: `The service answers ${reply.status}.`, ...problemIn(text) };
    throw reply.status === BUSY || reply.status >= FAILED ? new Unavailable(problem.detail) : new Refused(problem);
  }
}

export class BrowserEngine {
  constructor(pack) {
    this.pack = pack;
    this.waiting = new Map();
    this.last = 0;
    this.worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }) => this.settle(data);
    this.worker.onerror = () => {
      this.broken = new Unavailable("Python cannot start in this browser. Load the page again.");
      for (const { reject } of this.waiting.values()) reject(this.broken);
      this.waiting.clear();
    };
  }

  glance(patient, view) {
    return this.ask("glance", { patient, ...view });
  }

  option(patient, name, view) {
    return this.ask("option", { patient, name, ...view });
  }

  names(word, where) {
    return this.ask("names", { word, where });
  }

  read(text) {
    return this.ask("read", { text });
  }

  intake(form, text) {
    return this.ask("intake_text", { form, text });
  }

  ask(question, args) {
    if (this.broken) return Promise.reject(this.broken);
    return new Promise((resolve, reject) => {
      this.last += 1;
      this.waiting.set(this.last, { resolve, reject });
      this.worker.postMessage({ id: this.last, pack: this.pack, question, args });
    });
  }

  settle({ id, reply, error }) {
    const { resolve, reject } = this.waiting.get(id);
    this.waiting.delete(id);
    if (error) return reject(new Unavailable(error));
    const { answer, refused } = JSON.parse(reply);
    return refused ? reject(new Refused(refused)) : resolve(answer);
  }
}

/** Return the problem document of an answer, or an empty one where a server in between answers in its own words. */
function problemIn(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function query(parameters) {
  const given = Object.entries(parameters).flatMap(([name, value]) => [value ?? []].flat().map((one) => [name, one]));
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

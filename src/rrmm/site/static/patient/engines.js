// Two engines that answer for a patient: the service beside this page, or Python in a worker of this browser.
// Each has glance(patient, view), option(patient, name, view), names(word, where), read(text), intake(form, record).

/** An answer that says what is wrong with what was asked; key and offers as in the API. */
export class Refused extends Error {
  constructor({ detail, key, offers }) {
    super(detail);
    this.key = key;
    this.offers = offers ?? [];
  }
}

export class ServiceEngine {
  constructor(base) {
    this.base = base;
  }

  async glance(patient, view) {
    return (await this.post(`glance${query(view)}`, JSON.stringify(patient))).json();
  }

  async option(patient, name, view) {
    return (await this.post(`option${query({ name, ...view })}`, JSON.stringify(patient))).text();
  }

  async names(word, where) {
    const reply = await this.ask(`names${query({ word, where })}`, {});
    return (await reply.json()).names[0];
  }

  async read(text) {
    return (await this.post("read", text, "application/yaml")).json();
  }

  async intake(form, record) {
    return (await this.post(`intake${query({ from: form })}`, JSON.stringify(record))).json();
  }

  post(path, body, type = "application/json") {
    return this.ask(path, { method: "POST", headers: { "Content-Type": type }, body });
  }

  async ask(path, options) {
    let reply;
    try {
      reply = await fetch(`${this.base}${path}`, options);
    } catch {
      throw new Error("The service does not answer. Is it still running?");
    }
    if (reply.ok) return reply;
    const problem = await reply.json().catch(() => ({ detail: `The service answers ${reply.status}.` }));
    throw new Refused(problem);
  }
}

function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

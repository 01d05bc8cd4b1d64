// What a query names: prefixes that it does not declare, and terms of this graph that the graph does not have.
"use strict";

class Terms {
  static #TOKEN =
    /<([^<>"{}|^`\\\s]*)>|"""[^]*?"""|'''[^]*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#[^\n]*|[?$]\w+|@[\w-]+|([A-Za-z][\w.-]*):([\w%:.-]*[\w%])?/g;
  static #DECLARED = /\bPREFIX\s+([\w.-]*):\s*<([^<>\s]*)>/gi;

  constructor(prefixes, names) {
    this.prefixes = prefixes;
    this.names = names;
    this.known = new Set(this.names);
    this.checked = new Set(this.names.map((name) => name.split(":")[0]));
  }

  // The prefixes that a query uses and does not declare: those that this graph declares, and the others.
  missing(query) {
    const declared = new Set([...query.matchAll(Terms.#DECLARED)].map(([, prefix]) => prefix));
    const used = new Set([...query.matchAll(Terms.#TOKEN)].map(([, , prefix]) => prefix).filter(Boolean));
    const missing = [...used].filter((prefix) => !declared.has(prefix));
    const known = missing.filter((prefix) => Object.hasOwn(this.prefixes, prefix));
    return { known, unknown: missing.filter((prefix) => !known.includes(prefix)) };
  }

  // What is wrong with each term of this graph that the graph does not have, with the nearest that it has.
  unknown(query) {
    const own = new Map([...query.matchAll(Terms.#DECLARED)].map(([, prefix, space]) => [prefix, space]));
    const names = new Set();
    for (const [, , prefix, name] of query.matchAll(Terms.#TOKEN)) {
      if (!name || !this.checked.has(prefix) || name.includes(".")) continue;
      if (own.has(prefix) && own.get(prefix) !== this.prefixes[prefix]) continue;
      if (!this.known.has(`${prefix}:${name}`)) names.add(`${prefix}:${name}`);
    }
    return [...names].map((name) => `The graph has no ${name}.${this.offer(name, this.names)}`);
  }

  // "Did you mean …?" with the nearest of some names, or nothing where none is near.
  offer(name, names) {
    const folded = name.toLowerCase();
    let [best, least] = ["", Math.max(2, Math.floor(name.length / 3)) + 1];
    for (const other of names) {
      if (Math.abs(other.length - name.length) >= least) continue;
      const far = Terms.#distance(folded, other.toLowerCase());
      if (far < least) [best, least] = [other, far];
    }
    return best && ` Did you mean ${best}?`;
  }

  static #distance(one, other) {
    let row = Array.from({ length: other.length + 1 }, (_, place) => place);
    for (let i = 1; i <= one.length; i++) {
      const next = [i];
      for (let j = 1; j <= other.length; j++)
        next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (one[i - 1] !== other[j - 1])));
      row = next;
    }
    return row[other.length];
  }
}

// What a query names: prefixes that it does not declare, and terms of this graph that the graph does not have.
"use strict";

const SWAP = 0.5;

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
    const most = Math.max(1, Math.floor(name.replace(/^.*:/, "").length / 3));
    let [best, least] = ["", most + SWAP];
    for (const other of names) {
      if (Math.abs(other.length - name.length) > most) continue;
      const far = Terms.#distance(folded, other.toLowerCase());
      if (far < least) [best, least] = [other, far];
    }
    return best && ` Did you mean ${best}?`;
  }

  // The number of letters to insert, drop or change; to swap two neighbours is half a change.
  static #distance(one, other) {
    const rows = [Array.from({ length: other.length + 1 }, (_, place) => place)];
    for (let i = 1; i <= one.length; i++) {
      rows.push([i]);
      for (let j = 1; j <= other.length; j++) {
        const same = one[i - 1] === other[j - 1] ? 0 : 1;
        rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same);
        if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
          rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + SWAP);
      }
    }
    return rows[one.length][other.length];
  }
}

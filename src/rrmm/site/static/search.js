// The search: things whose names or text have every word of the field, the closest names first, by kind.
"use strict";

(() => {
  const MOST = 50;
  const AROUND = 70;
  const [field, status, kinds, list, further] = ["find", "status", "kinds", "hits", "further"].map((id) =>
    document.getElementById(id),
  );
  const asked = new URLSearchParams(location.search);
  const index = THINGS.map(([page, label, kind, type, others, text]) => ({
    page, label, kind, type, others, text,
    names: [label, ...others].map((name) => [name, name.toLowerCase()]),
    folded: text.toLowerCase(),
  }));
  let chosen = asked.get("kind") ?? "";
  let most = MOST;

  const distance = (name, joined) => {
    if (name === joined) return 0;
    return name.startsWith(joined) ? 1 : name.includes(` ${joined}`) ? 2 : 3;
  };
  const before = (one, other) => {
    const first = one.findIndex((value, place) => value !== other[place]);
    return first >= 0 && one[first] < other[first];
  };

  // What of a thing matches: the nearest of its names, or its text; nothing where a word is missing.
  function match(thing, words, joined) {
    const apart = thing.page.startsWith("id/") ? 0 : 1;
    let best = null;
    for (const [name, folded] of thing.names) {
      if (!words.every((word) => folded.includes(word))) continue;
      const rank = [distance(folded, joined), apart, name.length];
      if (!best || before(rank, best.rank)) best = { thing, rank, name, snippet: "" };
    }
    if (best) return best;
    const label = thing.names[0][1];
    if (!words.every((word) => label.includes(word) || thing.folded.includes(word))) return null;
    const places = words.map((word) => thing.folded.indexOf(word)).filter((place) => place >= 0);
    const whole = thing.folded.indexOf(joined);
    return { thing, rank: [4 + (whole < 0), apart, Math.min(...places)], name: thing.label, snippet: cut(thing.text, whole < 0 ? Math.min(...places) : whole) };
  }

  function cut(text, place) {
    const start = place > AROUND ? text.indexOf(" ", place - AROUND) + 1 : 0;
    const end = text.length > place + 2 * AROUND ? text.lastIndexOf(" ", place + 2 * AROUND) : text.length;
    return `${start > 0 ? "… " : ""}${text.slice(start, end)}${end < text.length ? " …" : ""}`;
  }

  const part = (tag, kind, content = "") => {
    const element = document.createElement(tag);
    element.className = kind;
    element.textContent = content;
    return element;
  };

  // A text with each word that was asked for marked.
  function marked(element, text, words) {
    const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).sort((a, b) => b.length - a.length);
    for (const [place, piece] of text.split(new RegExp(`(${escaped.join("|")})`, "i")).entries())
      element.append(place % 2 ? part("mark", "", piece) : piece);
    return element;
  }

  function show({ thing, name, snippet }, words) {
    const item = part("li", "");
    const link = marked(part("a", ""), thing.label, words);
    link.href = thing.page;
    item.append(link, " ", part("span", "chip", thing.kind));
    if (thing.type && thing.type.toLowerCase() !== thing.kind) item.append(" ", part("span", "quiet", thing.type));
    if (name !== thing.label) item.append(marked(part("p", "note", "also "), name, words));
    if (snippet) item.append(marked(part("p", "note"), snippet, words));
    else if (thing.text) item.append(part("p", "note", cut(thing.text, 0)));
    return item;
  }

  function choose(hits) {
    const counts = new Map();
    for (const { thing } of hits) counts.set(thing.kind, (counts.get(thing.kind) ?? 0) + 1);
    if (chosen && !counts.has(chosen)) chosen = "";
    const rows = [["", hits.length], ...[...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))];
    kinds.replaceChildren(
      ...(counts.size > 1 ? rows : []).map(([kind, count]) => {
        const button = part("button", "chip", `${kind || "everything"} ${count}`);
        button.type = "button";
        button.dataset.kind = kind;
        button.setAttribute("aria-pressed", String(kind === chosen));
        return button;
      }),
    );
  }

  function find() {
    const text = field.value.trim();
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) {
      status.textContent = "Type a word of a name, an alias or a text in the field above.";
      for (const element of [kinds, list]) element.replaceChildren();
      further.hidden = true;
      return;
    }
    const hits = index.map((thing) => match(thing, words, words.join(" "))).filter(Boolean);
    hits.sort((a, b) => (before(a.rank, b.rank) ? -1 : before(b.rank, a.rank) ? 1 : 0));
    choose(hits);
    const wanted = hits.filter(({ thing }) => !chosen || thing.kind === chosen);
    const shown = wanted.slice(0, most);
    const of = `${wanted.length} thing${wanted.length === 1 ? "" : "s"}${chosen && ` of the kind ${chosen}`}`;
    status.textContent = hits.length
      ? `${shown.length < wanted.length ? `The first ${shown.length} of ` : ""}${of} with these words`
      : "Nothing has these words in its name or text. Try fewer letters.";
    list.replaceChildren(...shown.map((hit) => show(hit, words)));
    further.hidden = shown.length === wanted.length;
    further.textContent = `Show ${Math.min(MOST, wanted.length - shown.length)} more`;
    const kept = new URLSearchParams({ q: text, ...(chosen && { kind: chosen }) });
    if (location.protocol !== "file:") history.replaceState(null, "", `?${kept}`);
  }

  field.addEventListener("input", () => {
    most = MOST;
    find();
  });
  kinds.addEventListener("click", ({ target }) => {
    if (target.dataset.kind === undefined) return;
    chosen = target.dataset.kind;
    most = MOST;
    find();
    kinds.querySelector('[aria-pressed="true"]')?.focus();
  });
  further.addEventListener("click", () => {
    const first = list.children.length;
    most += MOST;
    find();
    list.children[first]?.querySelector("a").focus();
  });
  // Arrows go from the field to the hits and from hit to hit; a slash goes back to the field.
  document.addEventListener("keydown", (event) => {
    const links = [...list.querySelectorAll("a")];
    const place = links.indexOf(document.activeElement);
    const down = event.key === "ArrowDown";
    if (event.key === "/" && document.activeElement !== field) {
      event.preventDefault();
      field.focus();
    } else if ((down || event.key === "ArrowUp") && (place >= 0 || document.activeElement === field)) {
      const next = place + (down ? 1 : -1);
      if (next < -1 || next >= links.length) return;
      event.preventDefault();
      (next < 0 ? field : links[next]).focus();
    }
  });

  field.value = (asked.get("q") ?? "").trim();
  find();
})();

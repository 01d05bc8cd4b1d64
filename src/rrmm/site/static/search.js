// The search: names and aliases with every word of the field, the closest first.
"use strict";

(() => {
  const MOST = 100;
  const text = (new URLSearchParams(location.search).get("q") ?? "").trim();
  document.getElementById("find").value = text;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return;
  const joined = words.join(" ");
  const distance = (name) => {
    if (name === joined) return 0;
    return name.startsWith(joined) ? 1 : name.includes(` ${joined}`) ? 2 : 3;
  };
  const best = new Map();
  for (const [name, label, kind, page] of NAMES) {
    const folded = name.toLowerCase();
    if (!words.every((word) => folded.includes(word))) continue;
    const rank = [distance(folded), page.startsWith("id/") ? 0 : 1, name.length];
    const known = best.get(page);
    if (!known || before(rank, known.rank)) best.set(page, { rank, name, label, kind, page });
  }
  function before(one, other) {
    const first = one.findIndex((value, place) => value !== other[place]);
    return first >= 0 && one[first] < other[first];
  }
  const hits = [...best.values()].sort((a, b) => (before(a.rank, b.rank) ? -1 : before(b.rank, a.rank) ? 1 : 0));
  const shown = hits.slice(0, MOST);
  const status = document.getElementById("status");
  status.textContent = hits.length
    ? `${hits.length > MOST ? `The first ${MOST} of ` : ""}${hits.length} name${hits.length === 1 ? "" : "s"} with these words`
    : "No name has these words. Try fewer letters.";
  const part = (tag, kind, content) => {
    const element = document.createElement(tag);
    element.className = kind;
    element.textContent = content;
    return element;
  };
  document.getElementById("hits").replaceChildren(
    ...shown.map(({ name, label, kind, page }) => {
      const item = document.createElement("li");
      const link = part("a", "", label);
      link.href = page;
      item.append(link, " ");
      if (name !== label) item.append(part("span", "alias", `also ${name}`), " ");
      item.append(part("span", "chip", kind));
      return item;
    }),
  );
})();

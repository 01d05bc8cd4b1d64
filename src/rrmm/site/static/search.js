// The search: names and aliases that hold all words of the field, the closest first.
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
  const found = new Map();
  for (const [name, label, kind, page] of NAMES) {
    const folded = name.toLowerCase();
    if (!words.every((word) => folded.includes(word))) continue;
    const rank = [distance(folded), page.startsWith("id/") ? 0 : 1, name.length];
    const known = found.get(page);
    if (!known || before(rank, known.rank)) found.set(page, { rank, name, label, kind, page });
  }
  function before(one, other) {
    const first = one.findIndex((value, place) => value !== other[place]);
    return first >= 0 && one[first] < other[first];
  }
  const hits = [...found.values()].sort((a, b) => (before(a.rank, b.rank) ? -1 : before(b.rank, a.rank) ? 1 : 0));
  const shown = hits.slice(0, MOST);
  const said = document.getElementById("said");
  said.textContent = hits.length
    ? `${hits.length > MOST ? `The first ${MOST} of ` : ""}${hits.length} thing${hits.length === 1 ? "" : "s"} with such a name`
    : "Nothing has such a name. Try fewer letters.";
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

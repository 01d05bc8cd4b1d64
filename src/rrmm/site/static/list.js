// Tables that sort, filter and count: a button in each head, a field for words, a choice for each column of few values.
"use strict";

(() => {
  const MOST = 24;
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const text = (row, column) => row.cells[column].textContent.trim();
  const numbers = /^[-−]?[\d,]+(\.\d+)?$/;
  const value = (cell) => (numbers.test(cell) ? Number(cell.replaceAll(",", "").replace("−", "-")) : NaN);

  function compare(one, other) {
    if (!one || !other) return !one - !other;
    const [a, b] = [value(one), value(other)];
    return Number.isNaN(a) || Number.isNaN(b) ? one.localeCompare(other, "en", { numeric: true }) : a - b;
  }

  function enhance(table) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const heads = [...table.tHead.rows[0].cells];
    if (rows.length < 2) return;
    const status = make("span", { className: "quiet" });
    status.setAttribute("role", "status");
    const words = make("input", { type: "search", placeholder: "Words …", autocomplete: "off" });
    const tools = make("div", { className: "tools" }, make("label", {}, "Filter ", words));
    const choices = heads.map((head, column) => {
      const counts = new Map();
      for (const row of rows) counts.set(text(row, column), (counts.get(text(row, column)) ?? 0) + 1);
      const few = counts.size > 1 && counts.size <= MOST && counts.size <= rows.length / 2;
      if (!few || [...counts.keys()].every((name) => !name || numbers.test(name))) return undefined;
      const choice = make("select", {}, make("option", { value: "*" }, "all"));
      for (const [name, count] of [...counts].sort((a, b) => compare(a[0], b[0])))
        choice.append(make("option", { value: name }, `${name || "none"} (${count})`));
      tools.append(make("label", {}, `${head.textContent.trim()} `, choice));
      choice.addEventListener("change", filter);
      return choice;
    });

    function filter() {
      const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      for (const row of rows) {
        const content = row.textContent.toLowerCase();
        row.hidden =
          !wanted.every((word) => content.includes(word)) ||
          choices.some((choice, column) => choice && choice.value !== "*" && choice.value !== text(row, column));
        count += !row.hidden;
      }
      status.textContent = count === rows.length ? `${count} rows` : `${count} of ${rows.length} rows`;
    }

    function sort(column, down) {
      for (const head of heads) head.removeAttribute("aria-sort");
      heads[column].setAttribute("aria-sort", down ? "descending" : "ascending");
      const sorted = [...rows].sort((a, b) => compare(text(a, column), text(b, column)) * (down ? -1 : 1));
      body.append(...sorted);
    }

    // A phone shows no heads: there a choice sorts.
    const order = make("select", {}, make("option", { value: "" }, "as listed"));
    order.addEventListener("change", () => {
      const [column, down] = order.value.split(" ");
      if (down) sort(Number(column), down === "down");
      else body.append(...rows);
    });
    heads.forEach((head, column) => {
      const name = head.textContent.trim();
      const button = make("button", { type: "button", className: "sort" }, ...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sort(column, head.getAttribute("aria-sort") === "ascending"));
      order.append(make("option", { value: `${column} up` }, `${name} ↑`), make("option", { value: `${column} down` }, `${name} ↓`));
    });
    tools.append(make("label", { className: "order" }, "Sort ", order), status);
    words.addEventListener("input", filter);
    const place = table.closest(".wide-table") ?? table;
    place.before(tools);
    filter();
  }

  for (const table of document.querySelectorAll("table.list")) enhance(table);
})();

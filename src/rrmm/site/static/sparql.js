// The SPARQL page: a question or a query of one's own, asked of the graph in a thread that can be stopped.
"use strict";

(async () => {
  const MOST = 1000;
  const script = document.currentScript.src;
  const SERVE = "Serve the folder (python -m http.server) instead of opening a file of it.";
  const START = `PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX rrmm: <https://w3id.org/rrmm/ontology#>

SELECT ?trial ?label
WHERE { ?trial a rrmm:Trial ; rdfs:label ?label }
ORDER BY ?label
`;
  const part = (name) => document.getElementById(name);
  const [form, question, query, run, stop, status, csv] = ["ask", "question", "query", "run", "stop", "status", "csv"].map(part);
  const [answered, table, text] = ["answered", "table", "text"].map(part);
  const graph = new URL(form.dataset.graph, location).href;
  let worker;
  let answer;

  function say(words, fault = false) {
    status.textContent = words;
    status.classList.toggle("fault", fault);
  }

  function busy(is) {
    run.disabled = is;
    stop.disabled = !is;
  }

  function started() {
    const made = new Worker(new URL("worker.js", script), { type: "module" });
    made.onmessage = ({ data }) => {
      if (data.said) return say(data.said);
      busy(false);
      if (data.fault) return say(data.fault, true);
      show(data.answer, data.seconds);
    };
    made.onerror = () => {
      ended();
      say(`The engine cannot start. ${SERVE}`, true);
    };
    return made;
  }

  function ended() {
    worker?.terminate();
    worker = undefined;
    busy(false);
  }

  function ask() {
    answered.hidden = true;
    busy(true);
    say("");
    worker ??= started();
    worker.postMessage({ graph, query: query.value });
  }

  function show(found, seconds) {
    answer = found;
    const rows = found.rows?.length;
    const counted = found.columns ? `${rows} row${rows === 1 ? "" : "s"} in ` : "";
    const cut = rows > MOST ? ` The first ${MOST} are shown; the file has all.` : "";
    say(`${counted}${seconds.toFixed(2)} s.${cut}`);
    answered.hidden = false;
    table.hidden = csv.hidden = !found.columns;
    text.hidden = Boolean(found.columns);
    text.textContent = found.text ?? "";
    if (found.columns) fill(found.columns, found.rows.slice(0, MOST));
  }

  function fill(columns, rows) {
    const heads = columns.map((name) => {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = name.replaceAll("_", " ");
      return cell;
    });
    const head = document.createElement("tr");
    head.append(...heads);
    table.tHead.replaceChildren(head);
    table.tBodies[0].replaceChildren(
      ...rows.map((row) => {
        const line = document.createElement("tr");
        for (const term of row) line.insertCell().append(...shown(term));
        return line;
      }),
    );
  }

  // A thing of this graph leads to its page here, whatever the address of this site.
  function shown(term) {
    if (term === undefined) return [];
    if (term.type !== "uri") return [term.value];
    const own = /^https:\/\/w3id\.org\/rrmm\/(?:id\/([^/]+)\/([^/]+)|ontology#(.+))$/.exec(term.value);
    const link = document.createElement("a");
    link.textContent = own ? (own[3] ? `rrmm:${own[3]}` : `${own[1]}:${own[2]}`) : term.value;
    link.href = own ? (own[3] ? `ontology.html#${own[3]}` : `id/${own[1]}/${own[2]}.html`) : term.value;
    link.title = term.value;
    if (!/^https?:/.test(term.value)) return [term.value];
    return [link];
  }

  function save() {
    const quoted = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
    const lines = [answer.columns, ...answer.rows.map((row) => row.map((term) => term?.value ?? ""))];
    const content = lines.map((line) => line.map(quoted).join(",") + "\r\n").join("");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type: "text/csv" }));
    link.download = `${question.value || "answer"}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  stop.addEventListener("click", () => {
    ended();
    say("Stopped.");
  });
  csv.addEventListener("click", save);

  query.value = START;
  try {
    const questions = await (await fetch(form.dataset.questions)).json();
    const choose = () => {
      if (question.value) query.value = questions[question.value];
    };
    question.addEventListener("change", choose);
    query.addEventListener("input", () => {
      if (query.value !== questions[question.value]) question.value = "";
    });
    const wanted = new URLSearchParams(location.search).get("question");
    if (wanted !== null && Object.hasOwn(questions, wanted)) {
      question.value = wanted;
      choose();
      ask();
    }
  } catch {
    say(`The questions cannot be fetched. ${SERVE}`, true);
  }
})();

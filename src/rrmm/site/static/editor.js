// The SPARQL page: YASGUI's editor and table around an engine, with the catalogue of questions.
"use strict";

(async () => {
  const START = `PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX rrmm: <https://w3id.org/rrmm/ontology#>

SELECT ?trial ?label
WHERE { ?trial a rrmm:Trial ; rdfs:label ?label }
ORDER BY ?label
`;
  const { Yasqe, Yasr } = Yasgui;
  const part = (name) => document.getElementById(name);
  const [form, question, parameters, run, stop, status, notes, answered, results] =
    ["ask", "question", "parameters", "run", "stop", "status", "notes", "answered", "results"].map(part);
  const { endpoint, graph, catalogue } = form.dataset;
  const absolute = (path) => new URL(path, location).href;
  const engine = endpoint ? new EndpointEngine(absolute(endpoint)) : new BrowserEngine(absolute(graph));

  let held = { prefixes: {}, questions: {}, forms: {}, choices: {}, terms: [] };
  try {
    held = await (await fetch(catalogue)).json();
  } catch {
    say(`Cannot fetch the questions. ${SERVE}`, true);
  }
  const { prefixes, questions, forms, choices } = held;
  const terms = new Terms(prefixes, held.terms);
  Yasqe.registerAutocompleter({
    name: "terms",
    bulk: true,
    autoShow: true,
    persistenceId: null,
    isValidCompletionPosition: (editor) => /^[a-z][\w-]*:[\w-]*$/i.test(editor.getCompleteToken().string),
    get: async () => terms.names,
  });

  const yasqe = new Yasqe(part("query"), {
    value: START,
    autocompleters: ["terms", "variables"],
    persistenceId: null,
    showQueryButton: false,
    createShareableLink: null,
    resizeable: true,
    extraKeys: { ...Yasqe.defaults.extraKeys, "Ctrl-Enter": ask, "Cmd-Enter": ask, Tab: false, "Shift-Tab": false },
  });
  const yasr = new Yasr(results, { persistenceId: null, prefixes }, {});
  yasr.config.plugins.table.dynamicConfig = { compact: true, isEllipsed: false, openIriInNewWindow: false, pageSize: 50 };
  let current = 0;

  function say(text, error = false) {
    status.textContent = text;
    status.classList.toggle("error", error);
  }

  function setBusy(busy) {
    run.disabled = busy;
    stop.disabled = !busy;
  }

  // Declare the prefixes of this graph that the query uses; tell of those that nobody declares, and of unknown terms.
  function prepare() {
    notes.replaceChildren();
    const { known, unknown } = terms.missing(yasqe.getValue());
    if (known.length) yasqe.addPrefixes(Object.fromEntries(known.map((prefix) => [prefix, prefixes[prefix]])));
    for (const prefix of unknown) {
      const offer = terms.offer(prefix, Object.keys(prefixes));
      tell(`The prefix ${prefix}: is not declared.${offer} Write PREFIX ${prefix}: <…> at the top.`);
    }
    for (const text of terms.unknown(yasqe.getValue())) tell(text);
  }

  function tell(text) {
    const item = document.createElement("li");
    item.textContent = text;
    notes.append(item);
  }

  async function ask() {
    const turn = ++current;
    prepare();
    answered.hidden = true;
    setBusy(true);
    say("");
    try {
      const reply = await engine.run(yasqe.getValue(), (text) => turn === current && say(text));
      if (turn === current) show(reply);
    } catch (error) {
      if (turn === current) say(error.message, true);
    }
    if (turn === current) setBusy(false);
  }

  function show({ body, type, seconds }) {
    const rows = type.endsWith("json") ? JSON.parse(body).results?.bindings.length : undefined;
    say(`${rows === undefined ? "" : `${rows} row${rows === 1 ? "" : "s"} in `}${seconds.toFixed(2)} s`);
    answered.hidden = false;
    yasr.setResponse({ data: body, contentType: type, status: 200, executionTime: Math.round(seconds * 1000) });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  stop.addEventListener("click", () => {
    current += 1;
    engine.stop();
    setBusy(false);
    say("Stopped.");
  });

  // An IRI of this graph leads to its page beside this one, under any address of the site.
  results.addEventListener("click", (event) => {
    const iri = event.target.closest("a")?.getAttribute("href") ?? "";
    const own = /^https:\/\/w3id\.org\/rrmm\/(?:(id\/[^/]+\/[^/]+|ontology\/parameter\/[^/]+)|ontology#(.+))$/.exec(iri);
    if (!own) return;
    event.preventDefault();
    location.assign(own[1] ? `${own[1]}.html` : `ontology.html#${own[2]}`);
  });

  const fields = new Fields(parameters, choices, terms, (text, wrong) => {
    if (wrong) return say(wrong, true);
    say("");
    write(text);
  });
  let written = START;

  function write(text) {
    written = text;
    yasqe.setValue(text);
  }

  function choose(name) {
    question.value = name;
    fields.show(forms[name]);
    write(questions[name]);
  }

  question.addEventListener("change", () => {
    if (question.value) choose(question.value);
    else fields.show();
  });
  yasqe.on("change", () => {
    if (yasqe.getValue() === written) return;
    question.value = "";
    fields.show();
  });
  const wanted = new URLSearchParams(location.search).get("question");
  if (wanted !== null && Object.hasOwn(questions, wanted)) {
    choose(wanted);
    ask();
  }
})();

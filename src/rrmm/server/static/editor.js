// The editor: YASGUI on this service's own endpoint, with the catalogued questions beside it.
"use strict";

(async () => {
  const { questions, prefixes } = await (await fetch("/editor/texts.json")).json();
  const { Yasqe } = Yasgui;
  // The other completers ask a server elsewhere.
  Yasqe.defaults.autocompleters = ["variables"];
  Yasqe.defaults.value = [
    "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>",
    `PREFIX rrmm: <${prefixes.rrmm}>`,
    "",
    "SELECT ?trial ?label",
    "WHERE { ?trial a rrmm:Trial ; rdfs:label ?label }",
    "ORDER BY ?label",
    "",
  ].join("\n");
  const endpoint = new URL("/sparql", location).href;
  const place = document.getElementById("yasgui");
  const yasgui = new Yasgui(place, {
    requestConfig: { endpoint, method: "POST" },
    persistenceId: "rrmm",
    copyEndpointOnNewTab: false,
    populateFromUrl: false,
    endpointCatalogueOptions: { getData: () => [] },
    yasr: { prefixes },
  });

  const buttons = [...document.querySelectorAll("[data-question]")];
  const ask = (name) => {
    const tab = yasgui.getTab();
    tab.setName(name);
    tab.setEndpoint(endpoint);
    tab.setQuery(questions[name]);
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.question === name));
    tab.query();
  };
  for (const button of buttons) {
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => ask(button.dataset.question));
  }

  document.getElementById("narrow").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/);
    for (const button of buttons) {
      const text = button.textContent.toLowerCase();
      button.parentElement.hidden = !words.every((word) => text.includes(word));
    }
  });

  // Things of this graph are told of here, whether or not there is an internet.
  place.addEventListener("click", (event) => {
    const iri = event.target.closest("a")?.getAttribute("href") ?? "";
    const own = /^https:\/\/w3id\.org\/rrmm\/(?:id\/([^/]+\/[^/]+)|ontology#(.+))$/.exec(iri);
    if (!own) return;
    event.preventDefault();
    location.assign(`/page/${own[1] ?? `ontology/${own[2]}`}`);
  });

  if (matchMedia("(max-width: 60rem)").matches) document.querySelector(".shelf").open = false;
  const wanted = new URLSearchParams(location.search).get("question");
  if (wanted !== null && Object.hasOwn(questions, wanted)) ask(wanted);
})();

// The ontology page: a term opens when its address is followed; everything is open on paper.
"use strict";

(() => {
  const reveal = () => {
    const term = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const closed = term?.closest("details:not([open])");
    if (!closed) return;
    closed.open = true;
    term.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", () => {
    for (const entries of document.querySelectorAll("details.entries")) entries.open = true;
  });
  reveal();
})();

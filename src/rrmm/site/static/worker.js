// Oxigraph in a thread of its own: it fetches the graph at the first query and answers until it is ended.
// It has no way to another host: a SERVICE is an error.
import init, { Store } from "./oxigraph/web.js";

let store;

async function opened(graph) {
  postMessage({ said: "Fetching the engine and the graph …" });
  const [reply] = await Promise.all([fetch(graph), init()]);
  if (!reply.ok) throw new Error(`The graph cannot be fetched (${reply.status}).`);
  const made = new Store();
  made.load(await reply.text(), { format: "text/turtle" });
  return made;
}

function answered(query) {
  const found = JSON.parse(store.query(query, { results_format: "json" }));
  if (Array.isArray(found)) return { text: store.query(query, { results_format: "text/turtle" }) };
  if ("boolean" in found) return { text: found.boolean ? "Yes" : "No" };
  const columns = found.head.vars;
  return { columns, rows: found.results.bindings.map((row) => columns.map((name) => row[name])) };
}

onmessage = async ({ data: { graph, query } }) => {
  try {
    store ??= await opened(graph);
    postMessage({ said: "Asking …" });
    const began = performance.now();
    const answer = answered(query);
    postMessage({ answer, seconds: (performance.now() - began) / 1000 });
  } catch (error) {
    postMessage({ fault: error.message ?? String(error) });
  }
};

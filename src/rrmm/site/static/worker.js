// Oxigraph in a thread of its own: it fetches the graph for the first query and answers until it is terminated.
// It cannot reach another host: a SERVICE is an error.
import init, { Store } from "./oxigraph/web.js";

const JSON_RESULTS = "application/sparql-results+json";
const TURTLE = "text/turtle";
let store, loading;

async function load(graph) {
  const [reply] = await Promise.all([fetch(graph), init()]);
  if (!reply.ok) throw new Error(`Cannot fetch the graph (${reply.status}).`);
  const loaded = new Store();
  loaded.load(await reply.text(), { format: TURTLE });
  return loaded;
}

function answer(query) {
  const body = store.query(query, { results_format: "json" });
  if (!Array.isArray(JSON.parse(body))) return { body, type: JSON_RESULTS };
  return { body: store.query(query, { results_format: TURTLE }), type: TURTLE };
}

// The engine lists the classes of its grammar; the mark at the line in the editor says in words what could stand there.
function explain(message) {
  const place = /error at (\d+):(\d+)/.exec(message);
  return place ? `Not a SPARQL 1.1 query: it cannot be read near line ${place[1]}. See the mark at the line.` : message;
}

onmessage = async ({ data: { number, graph, query } }) => {
  try {
    if (!store) {
      postMessage({ number, progress: "Fetching the engine and the graph …" });
      loading ??= load(graph).finally(() => (loading = undefined));
      store = await loading;
    }
    postMessage({ number, progress: "Running …" });
    const start = performance.now();
    const reply = answer(query);
    postMessage({ number, reply: { ...reply, seconds: (performance.now() - start) / 1000 } });
  } catch (error) {
    postMessage({ number, error: explain(error.message ?? String(error)) });
  }
};

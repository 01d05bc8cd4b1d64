// Two engines that answer a query: the endpoint of a service, or the graph in a worker of this browser.
// Each has run(query, progress), which resolves to { body, type, seconds } or rejects with what is wrong, and stop().
"use strict";

const SERVE = "Serve the folder (python -m http.server) instead of opening its files.";
const WORKER = new URL("worker.js", document.currentScript.src);

class EndpointEngine {
  constructor(endpoint) {
    this.endpoint = endpoint;
  }

  async run(query, progress) {
    progress("Running …");
    this.request = new AbortController();
    const start = performance.now();
    const reply = await fetch(this.endpoint, {
      method: "POST",
      headers: {
        Accept: "application/sparql-results+json, text/turtle;q=0.9",
        "Content-Type": "application/sparql-query",
      },
      body: query,
      signal: this.request.signal,
    });
    const body = await reply.text();
    const type = (reply.headers.get("Content-Type") ?? "").split(";")[0];
    if (!reply.ok) throw new Error(type.endsWith("json") ? JSON.parse(body).detail : `${reply.status}: ${body}`);
    return { body, type, seconds: (performance.now() - start) / 1000 };
  }

  stop() {
    this.request?.abort();
  }
}

class BrowserEngine {
  constructor(graph) {
    this.graph = graph;
    this.last = 0;
    this.asked = new Map();
  }

  run(query, progress) {
    return new Promise((resolve, reject) => {
      this.worker ??= this.start();
      this.asked.set(++this.last, { progress, resolve, reject });
      this.worker.postMessage({ number: this.last, graph: this.graph, query });
    });
  }

  start() {
    const worker = new Worker(WORKER, { type: "module" });
    worker.onmessage = ({ data: { number, progress, error, reply } }) => {
      const query = this.asked.get(number);
      if (progress) return query.progress(progress);
      this.asked.delete(number);
      if (error) query.reject(new Error(error));
      else query.resolve(reply);
    };
    worker.onerror = () => {
      const queries = [...this.asked.values()];
      this.stop();
      for (const { reject } of queries) reject(new Error(`The engine cannot start. ${SERVE}`));
    };
    return worker;
  }

  stop() {
    this.worker?.terminate();
    this.worker = undefined;
    this.asked.clear();
  }
}

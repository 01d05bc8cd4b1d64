// Python in a thread of its own: it starts once, reads the package and its tables, and answers for patients.
import { loadPyodide } from "../pyodide/pyodide.mjs";

const FOLDER = "/rrmm";
const START = `
import sys
sys.path.insert(0, "${FOLDER}")
from rrmm.server.page import open_desk
open_desk("${FOLDER}/tables")
`;
let ready;

async function start(pack) {
  const [python, reply] = await Promise.all([loadPyodide(), fetch(pack)]);
  if (!reply.ok) throw new Error(`Cannot fetch ${pack} (${reply.status}).`);
  python.unpackArchive(await reply.arrayBuffer(), "zip", { extractDir: FOLDER });
  return python.runPython(START);
}

onmessage = async ({ data: { id, pack, question, args } }) => {
  try {
    ready ??= start(pack).catch((error) => {
      ready = undefined;
      throw error;
    });
    const ask = await ready;
    postMessage({ id, reply: ask(question, JSON.stringify(args)) });
  } catch (error) {
    postMessage({ id, error: String(error.message ?? error).trim().split("\n").at(-1) });
  }
};

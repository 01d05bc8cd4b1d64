// Turns: what a person did last wins. Whatever waited asks here what came in between, before it writes.
let loads = 0;
let edits = 0;

/** Begin to load a patient; return a function that names what overtook the load: "load", "edit", or undefined. */
export function beginLoad() {
  const [load, edit] = [(loads += 1), edits];
  return () => (load !== loads ? "load" : edit !== edits ? "edit" : undefined);
}

/** Note that the patient was edited in place. */
export function noteEdit() {
  edits += 1;
}

/** Begin to look up what was typed in a field; return a check that throws where a load began since, or the field went. */
export function beginWord(field) {
  const load = loads;
  return () => {
    if (load !== loads || !field.isConnected) throw new Error("Another patient was opened meanwhile.");
  };
}

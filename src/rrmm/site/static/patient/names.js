// Offers for what one types: the names in the form at once, then what the index of names knows of the word.

const SHORTEST = 2;

/**
 * Return a function from a word to { now, later }, offers { text, note, value: { where, label }, sure } of some places.
 * Where the index cannot be asked, `later` fails, but for a word that is itself a name in the form.
 */
export function suggester(engine, local, places) {
  const labels = Object.entries(local).flatMap(([where, names]) => names.map((label) => ({ where, label })));
  const placeOf = new Map(labels.map((one) => [one.label, one.where]));
  return (word) => {
    const folded = word.toLowerCase();
    const near = labels.filter(({ label }) => label.toLowerCase().includes(folded));
    near.sort((one, other) => rank(one, folded) - rank(other, folded) || one.label.length - other.label.length);
    const known = word.length < SHORTEST ? Promise.resolve([]) : meanings(engine, word, places, placeOf);
    const now = offer(near, folded);
    const later = known.then((found) => offer([...found, ...near], folded), (error) => {
      if (now[0]?.sure) return now;
      throw error;
    });
    return { now, later };
  };
}

function offer(meant, folded) {
  const offers = new Map();
  for (const one of meant) {
    const key = `${one.where} ${one.label}`;
    const sure = Boolean(one.sure) || one.label.toLowerCase() === folded;
    if (!offers.has(key)) offers.set(key, { text: one.label, note: one.where, value: one, sure });
  }
  return [...offers.values()];
}

async function meanings(engine, word, places, placeOf) {
  const answer = await engine.names(word);
  const meant = answer.meanings
    .filter(({ where }) => places.includes(where))
    .map(({ where, label, drugs, certainty }) => ({ where, label, drugs, sure: certainty !== "ambiguous" }));
  const offered = answer.offers
    .filter((label) => placeOf.has(label))
    .map((label) => ({ where: placeOf.get(label), label }));
  return [...meant, ...offered];
}

/** Return how near a name is to a word: the same, one that begins with it (drugs first), one that holds it. */
function rank({ where, label }, folded) {
  const name = label.toLowerCase();
  if (name === folded) return 0;
  if (!name.startsWith(folded)) return 3;
  return where === "regimen" ? 2 : 1;
}

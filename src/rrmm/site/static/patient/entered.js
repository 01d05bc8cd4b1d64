// Words that were entered in a field: each stands below it until it is taken, or removed.
import { element } from "./dom.js";
import { beginWord } from "./turns.js";

/** Return { node, enter }: the words that still stand below a field, and what enters one. */
export function entered(input) {
  const node = element("div", { class: "entered", role: "status" });

  function tell(note, text, choices) {
    const word = note.dataset.word;
    const button = (words, label, act) =>
      element("button", { type: "button", "aria-label": label, onclick: () => { input.focus(); act(); } }, words);
    note.replaceChildren(
      text,
      ...choices.flatMap(([words, act]) => [" ", button(words, undefined, () => enter(word, act))]),
      " ",
      button("Remove", `Remove “${word}”`, () => note.remove()),
    );
  }

  /**
   * Enter a word by `act(check)`, which resolves to undefined once it is taken, or to { text, choices } that ask on;
   * a choice is its words and the act that follows. `check` throws where the patient is no longer that of the word.
   * A failure is told beside the word, and can be tried again.
   */
  async function enter(word, act) {
    [...node.children].find((note) => note.dataset.word === word)?.remove();
    const note = element("p", { "data-word": word }, `“${word}” …`);
    node.append(note);
    try {
      const question = await act(beginWord(input));
      if (question) tell(note, question.text, question.choices);
      else note.remove();
    } catch (error) {
      tell(note, `“${word}” could not be looked up, and is not entered: ${error.message}`, [["Try again", act]]);
    }
  }

  return { node, enter };
}

// A field that offers names as one types (ARIA combobox with a list): arrows choose, Enter takes, Escape closes.
import { element, unique } from "./dom.js";
import { entered } from "./entered.js";

const MOST = 8;
const WAIT = 180;
const HINT = "Not entered yet: press Enter, or choose a name.";

/**
 * Return a field with its list. `suggest(word)` returns { now, later }: offers { text, note, value, sure } at hand, and
 * a promise of all. `take(value, word, check)` is called with the value of an offer, or undefined and the word as typed;
 * what it returns, and the check, are those of an act of entered.js.
 */
export function combobox({ label, placeholder, suggest, take }) {
  const id = unique("choose");
  let offers = [];
  let active = -1;
  let timer;
  let asked = 0;
  let searched;
  let moved;
  const hint = element("small", { id: `${id}-hint`, class: "hint" }, HINT);
  const list = element("ul", { id: `${id}-list`, role: "listbox", "aria-label": label, hidden: true });
  const input = element("input", {
    id, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder, maxlength: "200",
    "aria-label": label, "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false",
    "aria-describedby": hint.id,
  });
  const { node: words, enter } = entered(input);

  function show(found) {
    const chosen = moved === undefined ? undefined : offers[active].text;
    offers = found.slice(0, MOST);
    const place = offers.findIndex((offer) => offer.text === chosen);
    if (place < 0) moved = undefined;
    active = offers.length ? Math.max(0, place) : -1;
    list.replaceChildren(
      ...offers.map((offer, place) =>
        element(
          "li",
          { id: `${id}-${place}`, role: "option", onpointerdown: (event) => { event.preventDefault(); pick(place); } },
          element("span", {}, offer.text), offer.note ? element("small", {}, offer.note) : null,
        ),
      ),
    );
    mark();
  }

  function mark() {
    list.hidden = !offers.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === active)));
    if (active >= 0) input.setAttribute("aria-activedescendant", `${id}-${active}`);
    else input.removeAttribute("aria-activedescendant");
    list.children[active]?.scrollIntoView({ block: "nearest" });
  }

  function close() {
    clearTimeout(timer);
    asked += 1;
    searched = undefined;
    hint.textContent = HINT;
    show([]);
  }

  function pick(place) {
    const { text, value } = offers[place];
    const word = input.value.trim();
    input.value = "";
    close();
    enter(text, (check) => take(value, word, check));
  }

  async function search() {
    const word = input.value.trim();
    const turn = (asked += 1);
    hint.textContent = HINT;
    if (!word) return show([]);
    const { now, later } = suggest(word);
    show(now);
    try {
      const all = await later;
      if (turn !== asked) return undefined;
      searched = word;
      show(all);
    } catch (error) {
      if (turn === asked) hint.textContent = `Names could not be looked up: ${error.message} Enter tries again.`;
    }
    return undefined;
  }

  /** Take a word before its offers are shown: the next one can be typed meanwhile. Only a sure meaning is taken. */
  function takeUnseen(word) {
    input.value = "";
    close();
    enter(word, async (check) => {
      const all = await suggest(word).later;
      check();
      if (!all.length || all[0].sure) return take(all[0]?.value, word, check);
      if (input.value || document.activeElement !== input) {
        const choices = all.slice(0, MOST).map(({ text, value }) => [text, (later) => take(value, word, later)]);
        return { text: `“${word}” is not entered: what does it name?`, choices };
      }
      input.value = word;
      searched = word;
      show(all);
      return undefined;
    });
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, WAIT);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!offers.length) return;
      moved = input.value.trim();
      active = (active + (event.key === "ArrowDown" ? 1 : -1) + offers.length) % offers.length;
      mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      clearTimeout(timer);
      const word = input.value.trim();
      if (active >= 0 && (moved === word || searched === word)) pick(active);
      else if (word) takeUnseen(word);
    } else if (event.key === "Escape" && offers.length) {
      event.preventDefault();
      close();
    }
  });
  return element("div", { class: "choose" }, input, list, hint, words);
}

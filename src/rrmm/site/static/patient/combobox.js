// A field that offers names as one types (ARIA combobox with a list): arrows choose, Enter takes, Escape closes.
import { element, unique } from "./dom.js";

const MOST = 8;
const WAIT = 180;

/**
 * Return a field with its list. `suggest(word)` resolves to offers { text, note, value };
 * `take(value, word)` is called with the value of an offer, or undefined and the word as typed.
 */
export function combobox({ label, placeholder, suggest, take }) {
  const id = unique("choose");
  let offers = [];
  let active = -1;
  let timer;
  let asked = 0;
  let searched;
  const list = element("ul", { id: `${id}-list`, role: "listbox", "aria-label": label, hidden: true });
  const input = element("input", {
    id, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder, maxlength: "200",
    "aria-label": label, "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false",
  });

  function show(found) {
    offers = found.slice(0, MOST);
    active = offers.length ? 0 : -1;
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
    show([]);
  }

  function pick(place) {
    const word = input.value.trim();
    const offer = offers[place];
    close();
    if (!offer && !word) return;
    input.value = "";
    take(offer?.value, word);
  }

  async function search() {
    const word = input.value.trim();
    const turn = (asked += 1);
    searched = word;
    if (!word) return show([]);
    const found = await suggest(word);
    if (turn === asked) show(found);
    return undefined;
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, WAIT);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", async (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!offers.length) return;
      active = (active + (event.key === "ArrowDown" ? 1 : -1) + offers.length) % offers.length;
      mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      clearTimeout(timer);
      if (!offers.length || searched !== input.value.trim()) await search();
      pick(active);
    } else if (event.key === "Escape" && offers.length) {
      event.preventDefault();
      close();
    }
  });
  return element("div", { class: "choose" }, input, list);
}

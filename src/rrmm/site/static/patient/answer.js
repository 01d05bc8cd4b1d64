// The answer at a glance: when to treat, options in their groups, what is excluded; an option opens to all of it.
import { element } from "./dom.js";
import { questionList } from "./questions.js";

const MET = { yes: "met", no: "not met", unknown: "not known whether met" };
const OPEN_GROUPS = new Set(["recommended", "undetermined"]);
const NEAR = new Set(["fits", "unknown"]);

const EXCLUDED = { key: "excluded", heading: "Excluded" };

/** Return option → the group in which it stands: its key, and its heading. */
export function places(glance) {
  const found = new Map();
  for (const group of glance.groups) for (const one of group.options) found.set(one.option, placeOf(group));
  for (const group of glance.excluded) for (const name of group.options) found.set(name, EXCLUDED);
  return found;
}

function placeOf({ status, fit, heading }) {
  return { key: `${status} ${fit}`, heading: plain(heading) };
}

/** Return the badge of an option that stands elsewhere than before, or null. */
function moved(name, was, place) {
  if (!was || was.get(name)?.key === place.key) return null;
  return element("span", { class: "badge moved" }, `was: ${was.get(name)?.heading ?? "not listed"}`);
}

function plain(heading) {
  return heading.replace(/ …$/, "");
}

/** Return how many options stand where, in one sentence. */
export function count(glance) {
  const parts = glance.groups.map((group) => `${group.options.length} ${plain(group.heading)}`);
  const excluded = glance.excluded.reduce((sum, group) => sum + group.options.length, 0);
  if (excluded) parts.push(`${excluded} excluded`);
  return parts.join(", ");
}

/**
 * Return the parts of the answer. `page` is { patient, set, fields, detail, opened, folded, base, answered }:
 * `detail(name)` resolves to an option in full, `leave` and
 * `restore` take a rule out and back, `without` names what is out, `opened` and `folded` are what stood open or closed, `base` is where
 * options stood before a change.
 */
export function answer(glance, page) {
  const was = page.base;
  const now = places(glance);
  return [
    echo(glance),
    element("p", { class: `when ${glance.action}` }, element("strong", {}, "When: "), glance.timing),
    ...page.without.map((name) =>
      element("p", { class: "what-if" }, element("strong", {}, "Without "), name, " ",
        element("button", { type: "button", onclick: () => page.restore(name) }, "take it back"))),
    was ? changes(was, now) : null,
    ...glance.warnings.map((text) => element("p", { class: "warning" }, element("strong", {}, "Warning: "), text)),
    ...glance.always.map((text) => element("p", { class: "note" }, element("strong", {}, "For every option: "), text)),
    ...glance.unknown_words.map((word) => element("p", { class: "note" }, `Nothing is said on ${word}.`)),
    glance.questions.length
      ? element("section", { class: "asking", "aria-labelledby": "asking" },
          element("h3", { id: "asking", tabindex: "-1" }, "To find out next"), questionList(glance.questions, page, page.answered))
      : null,
    ...glance.groups.map((group) => section(group, page, was)),
    excluded(glance, page, was),
    legend(glance),
    ...told("Preferred", glance.preferences),
    ...told("Where statements pull apart", glance.conflicts),
    element("p", { class: "note" }, `By ${glance.sources.join(" and ")}. ${glance.disclaimer}`),
  ].filter(Boolean);
}

function echo(glance) {
  const lines = [glance.facts, glance.history, glance.states].map((part) => part.join(" · ")).filter(Boolean);
  return element("p", { class: "echo" }, lines.flatMap((line, place) => (place ? [element("br"), line] : [line])));
}

function changes(was, now) {
  const elsewhere = [...now].filter(([name, place]) => was.get(name)?.key !== place.key);
  const gone = [...was.keys()].filter((name) => !now.has(name));
  const texts = [...elsewhere.map(([name, place]) => `${name}: ${was.get(name)?.heading ?? "not listed"} → ${place.heading}`), ...gone.map((name) => `${name}: no longer listed`)];
  if (!texts.length) return element("p", { class: "what-if" }, element("strong", {}, "What if: "), "nothing has moved yet. Change a fact, or the sources.");
  return element("details", { class: "what-if" }, element("summary", {}, element("strong", {}, "What if: "), texts.length === 1 ? "1 option moves" : `${texts.length} options move`), element("ul", {}, texts.map((text) => element("li", {}, text))));
}

function section(group, page, was) {
  const open = page.folded.get(group.heading) ?? (OPEN_GROUPS.has(group.status) || NEAR.has(group.fit));
  const block = element(
    "details", { class: "group", "data-status": group.status, open },
    element("summary", {}, element("h3", {}, group.heading, element("span", { class: "count" }, ` ${group.options.length}`))),
    element("ul", { class: "options" }, group.options.map((one) => element("li", {}, option(one, page, was, placeOf(group))))),
  );
  block.addEventListener("toggle", () => page.folded.set(group.heading, block.open));
  return block;
}

function option(one, page, was, place) {
  return opening(one.option, page, [
    element("strong", {}, one.option),
    one.signs ? element("span", { class: "signs" }, ` ${one.signs}`) : null,
    moved(one.option, was, place),
    ...one.cautions.map((text) => element("span", { class: "badge caution" }, "⚠ ", text)),
    one.high_risk ? element("span", { class: "badge" }, one.high_risk) : null,
    ...one.approvals.map(({ text, condition, met }) => {
      const words = condition ? `${text}: condition ${MET[met]}` : text;
      return element("span", { class: `badge approval ${/^(not|withdrawn)/.test(text) || met === "no" ? "denied" : ""}`, title: condition }, words);
    }),
    one.note ? element("span", { class: "about" }, one.note) : null,
  ]);
}

function opening(name, page, summary) {
  const body = element("div", { class: "detail", "aria-live": "polite" });
  const block = element("details", { class: "option", "data-option": name }, element("summary", {}, summary), body);
  const fill = async () => {
    body.textContent = "…";
    try {
      const parsed = new DOMParser().parseFromString(await page.detail(name), "text/html");
      body.replaceChildren(...parsed.querySelector("article").childNodes);
      for (const rule of body.querySelectorAll(".rule")) leavable(rule, page);
    } catch (error) {
      body.textContent = error.message;
    }
  };
  if (page.opened.has(name)) {
    block.open = true;
    fill();
  }
  block.addEventListener("toggle", () => {
    if (block.open === page.opened.has(name)) return;
    if (block.open) {
      page.opened.add(name);
      fill();
    } else page.opened.delete(name);
  });
  return block;
}

/** Add to a rule the button that leaves it out. */
function leavable(rule, page) {
  const name = rule.textContent.trim();
  if (!name.startsWith("guidance:")) return;
  rule.after(" ", element("button", { type: "button", class: "plain", "aria-label": `Leave out ${name}`, onclick: () => page.leave(name) }, "leave out"));
}

function excluded(glance, page, was) {
  const total = glance.excluded.reduce((sum, group) => sum + group.options.length, 0);
  if (!total) return null;
  const block = element(
    "details", { class: "group", "data-status": "excluded", open: page.folded.get("excluded") ?? false },
    element("summary", {}, element("h3", {}, "Excluded", element("span", { class: "count" }, ` ${total}`))),
    glance.excluded.map(({ because, options }) => [
      element("h4", {}, because),
      element("ul", { class: "options" }, options.map((name) => element("li", {}, opening(name, page, [
        element("strong", {}, name),
        moved(name, was, EXCLUDED),
      ])))),
    ]),
  );
  block.addEventListener("toggle", () => page.folded.set("excluded", block.open));
  return block;
}

function legend(glance) {
  if (!glance.marks.length) return null;
  return element("p", { class: "note legend" }, glance.marks.map(({ sign, text }) => element("span", {}, element("b", {}, sign), ` ${text} `)));
}

function told(title, texts) {
  return texts.length ? [element("h3", {}, title), element("ul", {}, texts.map((text) => element("li", {}, text)))] : [];
}

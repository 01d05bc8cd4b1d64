// The patient stands behind the # of the address, which a browser does not send and a server cannot log.
"use strict";

const TITLE = document.title;
let turn = 0;

/** Show a text in place of a report. */
function say(text) {
  document.title = TITLE;
  document.querySelector("main").textContent = text;
}

/** Take the patient out of the address, and show its report in place of any other. */
async function show() {
  const own = ++turn;
  const held = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  say("The report is being made …");
  const shown = await report(held).catch(() => "The service does not answer. Open the report from its card again.");
  if (own !== turn) return;
  if (typeof shown === "string") return say(shown);
  document.title = shown.title;
  document.querySelectorAll("head style").forEach((style) => style.remove());
  document.head.append(...shown.querySelectorAll("style"));
  document.querySelector("main").replaceWith(shown.querySelector("main"));
}

/** Return the page of a report, or why there is none. */
async function report(held) {
  let patient;
  try {
    patient = Uint8Array.from(atob(held.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  } catch {
    patient = "";
  }
  if (!patient.length) return "The address holds no patient. Open the report from its card again.";
  const headers = { "Content-Type": "application/json", Accept: "text/html" };
  const reply = await fetch("api/regimens", { method: "POST", headers, body: patient });
  if (!reply.ok) return (await reply.json()).detail;
  return new DOMParser().parseFromString(await reply.text(), "text/html");
}

addEventListener("hashchange", show);
show();

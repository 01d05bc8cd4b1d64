// The parameters of a question as fields: what is chosen is bound to the query as `rrmm query --param` binds it.
"use strict";

const FEW = 12; // choices that a message lists

class Fields {
  // `changed` is called with the new text, or with undefined and what is wrong.
  constructor(place, choices, terms, changed) {
    Object.assign(this, { place, choices, terms, changed });
  }

  show(form) {
    this.form = form;
    this.inputs = new Map();
    this.place.replaceChildren();
    for (const parameter of form?.parameters ?? []) this.place.append(this.#field(parameter));
    this.place.hidden = !form?.parameters.length;
  }

  #field(parameter) {
    const input = document.createElement("input");
    input.value = parameter.value;
    input.placeholder = "any";
    input.autocomplete = "off";
    const label = document.createElement("label");
    label.append(`${parameter.name.replaceAll("_", " ")} `, input);
    if (parameter.kind) {
      const list = document.createElement("datalist");
      list.id = `choices-${parameter.name}`;
      for (const [name] of this.choices[parameter.kind]) list.append(new Option(name, name));
      input.setAttribute("list", list.id);
      label.append(list);
    }
    this.inputs.set(parameter, input);
    input.addEventListener("change", () => this.#change());
    return label;
  }

  #change() {
    try {
      this.changed(this.text());
    } catch (error) {
      this.changed(undefined, error.message);
    }
  }

  // The text of the question with what stands in the fields.
  text() {
    let text = this.form.body;
    const optional = [];
    for (const [parameter, input] of this.inputs) {
      const value = input.value.trim();
      if (!value) continue;
      const term = this.#term(parameter, value);
      if (parameter.variable.startsWith("__")) optional.push([`?${parameter.variable}`, term]);
      else text = text.replaceAll(new RegExp(`\\?${parameter.variable}\\b`, "g"), () => term);
    }
    if (!optional.length) return text;
    const end = text.lastIndexOf("\n}\n");
    const [names, values] = [0, 1].map((part) => optional.map((pair) => pair[part]).join(" "));
    return `${text.slice(0, end)}\n  VALUES (${names}) { (${values}) }${text.slice(end)}`;
  }

  #term(parameter, value) {
    if (!parameter.kind) return JSON.stringify(value);
    const choices = this.choices[parameter.kind];
    const choice = choices.find(([name]) => name === value) ?? choices.find(([name]) => name.toLowerCase() === value.toLowerCase());
    if (choice) return choice[1];
    const names = choices.map(([name]) => name);
    const few = names.length <= FEW ? ` There are: ${names.join(", ")}.` : "";
    throw new Error(`Nothing of this kind is named ${value}.${this.terms.offer(value, names) || few}`);
  }
}

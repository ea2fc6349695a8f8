// The widget's DOM. What people and machines wrote only ever becomes text nodes.

import { wordsForProblem } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  chat: "M5 4h14a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-8l-5.2 4V18H5a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3Zm3 6h8m-8 3.5h5",
  close: "m6 6 12 12M18 6 6 18",
  down: "m5 9 7 7 7-7",
  send: "M4 12 3 4.6c-.1-.7.6-1.2 1.2-.9l16.3 7.4c.7.3.7 1.4 0 1.7L4.2 20.300c-.6.3-1.3-.3-1.2-.9L4 12Zm0 0h8",
};

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const isLink = (uri) => /^https?:\/\//i.test(uri ?? "");

// [1] in an answer, as a mark that points to the source below it.
function withMarks(text, citations) {
  const numbers = new Set(citations.map((one) => String(one.number)));
  return text.split(/(\[\d+\])/).filter(Boolean).map((piece) => {
    const number = piece.match(/^\[(\d+)\]$/)?.[1];
    if (!numbers.has(number)) return piece;
    const source = citations.find((one) => String(one.number) === number);
    return make("span", { class: "mark", title: source.title }, piece);
  });
}

function sources(citations, words) {
  const rows = citations.map((one) => {
    const name = one.page ? `${one.title} (${words.page} ${one.page})` : one.title;
    const title = isLink(one.uri)
      ? make("a", { href: one.uri, target: "_blank", rel: "noopener noreferrer" }, name)
      : name;
    return make("li", {}, make("span", { class: "number" }, String(one.number)), title);
  });
  return make("div", { class: "sources" }, make("span", { class: "label" }, words.sources), make("ol", {}, ...rows));
}

export class View {
  #words;
  #language;
  #act; // {toggle, say, again, active}
  #drawn = new Map();
  #parts = {};

  // root: the shadow root. name: the shop's, '' when unknown.
  constructor(root, words, language, name, act) {
    this.#words = words;
    this.#language = language;
    this.#act = act;
    this.#build(root, name || words.title);
  }

  #build(root, name) {
    const words = this.#words;
    const badge = make("span", { class: "badge", hidden: "" });
    const launcher = make(
      "button",
      { class: "launcher", type: "button", "aria-expanded": "false", "aria-label": words.open },
      icon("chat"), icon("down"), badge,
    );
    const close = make("button", { class: "close", type: "button", "aria-label": words.close }, icon("close"));
    const status = make("p", { class: "status", role: "status" }, words.machine);
    const face = make("span", { class: "face", "aria-hidden": "true" }, name.trim()[0]?.toUpperCase() ?? "");
    const header = make("header", {}, face, make("div", {}, make("h2", { id: "title" }, name), status), close);
    const log = make("ol", { role: "log", "aria-live": "polite", "aria-label": words.log, tabindex: "0" });
    const hello = make("li", { class: "hello" }, make("strong", {}, words.greeting), make("p", {}, words.disclosure));
    const writing = { class: "dots", role: "status", "aria-label": words.typing, hidden: "" };
    const dots = make("li", writing, make("i"), make("i"), make("i"));
    const trouble = make("p", { class: "trouble", role: "alert", hidden: "" });
    const attributes = { rows: "1", maxlength: "4000", placeholder: words.placeholder, "aria-label": words.input };
    const input = make("textarea", attributes);
    const send = make("button", { class: "send", type: "submit", "aria-label": words.send }, icon("send"));
    const form = make("form", {}, input, send);
    const panel = make("section", { class: "panel", role: "dialog", "aria-labelledby": "title", hidden: "" });
    log.append(hello, dots);
    panel.append(header, log, trouble, form);
    root.append(panel, launcher);
    this.#parts = { launcher, badge, panel, close, status, log, dots, trouble, input, form };
    this.#listen();
  }

  #listen() {
    const { launcher, close, panel, form, input } = this.#parts;
    launcher.addEventListener("click", () => this.#act.toggle());
    close.addEventListener("click", () => this.#act.toggle());
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#act.toggle();
    });
    panel.addEventListener("focusin", () => this.#act.active());
    panel.addEventListener("pointerdown", () => this.#act.active());
    input.addEventListener("input", () => this.#grow());
    input.addEventListener("input", () => (this.#act.active(), this.#act.typing()));
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (!text) return;
      input.value = "";
      this.#grow();
      this.#act.say(text);
    });
  }

  #grow() {
    const { input } = this.#parts;
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight + 2, 120)}px`;
  }

  open() {
    const { launcher, panel, input } = this.#parts;
    panel.hidden = false;
    launcher.setAttribute("aria-expanded", "true");
    launcher.setAttribute("aria-label", this.#words.close);
    this.#toEnd();
    input.focus();
  }

  close() {
    const { launcher, panel } = this.#parts;
    panel.hidden = true;
    launcher.setAttribute("aria-expanded", "false");
    launcher.setAttribute("aria-label", this.#words.open);
    launcher.focus();
  }

  showUnread(count) {
    const { badge, launcher } = this.#parts;
    badge.hidden = count === 0;
    badge.textContent = String(count);
    if (count) launcher.setAttribute("aria-label", `${this.#words.open} (${count} ${this.#words.unread})`);
  }

  // Draws what changed since the last time.
  draw(conversation) {
    const { log, dots, status, trouble, panel } = this.#parts;
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 90;
    panel.dataset.owner = conversation.owner;
    status.textContent = this.#words[conversation.owner] ?? this.#words.machine;
    conversation.messages.forEach((message, place) => this.#drawOne(message, place));
    for (const [message, { node }] of this.#drawn) {
      if (conversation.messages.includes(message)) continue;
      node.remove();
      this.#drawn.delete(message);
    }
    dots.hidden = !(conversation.pending && conversation.owner === "machine");
    log.append(dots);
    trouble.hidden = !conversation.problem;
    trouble.textContent = conversation.problem ? wordsForProblem(this.#words, conversation.problem.status) : "";
    const last = conversation.messages.at(-1);
    if (atEnd || last?.state === "sending") this.#toEnd();
  }

  #toEnd() {
    const { log } = this.#parts;
    log.scrollTop = log.scrollHeight;
  }

  #drawOne(message, place) {
    const { log } = this.#parts;
    const wanted = JSON.stringify([message, message.problem?.status]);
    let drawn = this.#drawn.get(message);
    if (drawn?.wanted !== wanted) {
      const node = this.#bubble(message);
      drawn?.node.replaceWith(node);
      drawn = { wanted, node };
      this.#drawn.set(message, drawn);
    }
    const there = log.children[place + 1]; // the greeting comes first
    if (there !== drawn.node) log.insertBefore(drawn.node, there ?? null);
  }

  #bubble(message) {
    const words = this.#words;
    const from = { machine: words.fromMachine, person: words.fromPerson, customer: words.fromYou }[message.from];
    const data = { "data-from": message.from, "data-state": message.state };
    const node = make("li", { class: `bubble ${message.from}`, ...data });
    if (from) node.append(make("span", { class: message.from === "customer" ? "unseen" : "from" }, from));
    node.append(make("span", { class: "words" }, ...withMarks(message.text, message.citations)));
    if (message.citations.length) node.append(sources(message.citations, words));
    node.append(this.#foot(message));
    return node;
  }

  #foot(message) {
    const words = this.#words;
    const foot = make("span", { class: "foot" });
    if (message.state === "failed") {
      const why = message.problem ? wordsForProblem(words, message.problem.status) : "";
      const again = make("button", { type: "button", class: "again" }, words.again);
      again.addEventListener("click", () => this.#act.again(message.clientId));
      foot.append(make("span", { class: "why", role: "alert" }, `${words.notSent} ${why}`.trim()));
      if (message.problem?.detail) foot.append(make("span", { class: "detail" }, message.problem.detail));
      foot.append(again);
      return foot;
    }
    const time = new Date(message.at);
    const shown = time.toLocaleTimeString(this.#language, { hour: "2-digit", minute: "2-digit" });
    const stamp = make("time", { datetime: time.toISOString() }, shown);
    foot.append(message.state === "sending" ? `${words.sending}…` : stamp);
    return foot;
  }
}

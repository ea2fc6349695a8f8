// Draws the chat. Customers' and shops' words only ever become text nodes.

const TICKS = {
  posting: "M8.5 2a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Zm0 2v2.5l1.6 1",
  one: "m4 6.5 3 3 6-7",
  two: "m1 6.8 3 3 6-7M7.6 9.4l.5.4 6-7",
};
const WORDS_FOR_KIND = {
  image: "Picture", video: "Video", audio: "Voice note", document: "Document", sticker: "Sticker",
  location: "Location", contacts: "Contact card", order: "Order",
};
const STATE_NAMES = {
  posting: "on its way", stored: "received by the shop's system", accepted: "accepted", sent: "sent",
  delivered: "delivered", read: "read", failed: "failed", lost: "not taken by the webhook",
};

export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== "") node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

export function initials(name) {
  const parts = name.trim().split(/\s+/);
  return (parts[0]?.[0] ?? "?").toUpperCase() + (parts.length > 1 ? parts.at(-1)[0].toUpperCase() : "");
}

// at: seconds since the epoch.
export function clock(at, more = {}) {
  const shown = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...more };
  return new Date(at * 1000).toLocaleTimeString([], shown);
}

// WhatsApp's *bold*, and links; everything else as it is.
function formatted(text) {
  const pieces = text.split(/(\*[^*\n]+\*|https?:\/\/[^\s<>"')\]]+)/);
  return pieces.filter(Boolean).map((piece) => {
    if (/^\*[^*\n]+\*$/.test(piece)) return make("strong", {}, piece.slice(1, -1));
    if (/^https?:\/\//.test(piece)) {
      return make("a", { href: piece, rel: "noopener noreferrer", target: "_blank" }, piece);
    }
    return piece;
  });
}

function ticks(state) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 17 12");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const drawn = state === "posting" || state === "accepted" ? "posting" : "two";
  path.setAttribute("d", TICKS[state === "stored" || state === "sent" ? "one" : drawn]);
  svg.append(path);
  return svg;
}

function foot(bubble) {
  const node = make("span", { class: `foot ${bubble.state}`, title: STATE_NAMES[bubble.state] });
  if (bubble.edited && !bubble.deleted) node.append("edited");
  node.append(make("time", {}, clock(bubble.at)));
  if (bubble.state === "failed" || bubble.state === "lost") {
    node.append(bubble.error_code ? `failed (${bubble.error_code})` : STATE_NAMES[bubble.state]);
  } else if (bubble.side !== "staff") {
    node.append(ticks(bubble.state), make("span", { class: "hidden-label" }, STATE_NAMES[bubble.state]));
  }
  return node;
}

function body(bubble) {
  if (bubble.deleted) return [make("span", { class: "words" }, "This message was deleted")];
  const parts = [];
  if (bubble.media_id && bubble.mime_type.startsWith("image/")) {
    const source = `/phone/media/${encodeURIComponent(bubble.media_id)}`;
    parts.push(make("img", { class: "picture", src: source, alt: bubble.text || "Picture" }));
  } else if (bubble.kind === "audio") {
    const bars = Array.from({ length: 24 }, () => make("i"));
    parts.push(make("span", { class: "voice", role: "img", "aria-label": "Voice note" }, ...bars));
  } else if (WORDS_FOR_KIND[bubble.kind]) {
    parts.push(make("span", { class: "words" }, `[${WORDS_FOR_KIND[bubble.kind]}]`));
  }
  if (bubble.text) parts.push(make("span", { class: "words" }, ...formatted(bubble.text)));
  return parts;
}

function choices(bubble, onChoice) {
  const list = make("div", { class: "choices" });
  for (const [id, title] of bubble.choices) {
    const button = make("button", { type: "button" }, title);
    button.addEventListener("click", () => onChoice(bubble, id, title));
    list.append(button);
  }
  return list;
}

export class ChatView {
  #list;
  #onChoice;
  #drawn = new Map();

  constructor(list, onChoice) {
    this.#list = list;
    this.#onChoice = onChoice;
    new ResizeObserver(() => this.#toEnd()).observe(list); // a keyboard or a turned screen
  }

  #toEnd() {
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  clear() {
    this.#list.replaceChildren();
    this.#drawn.clear();
  }

  // Draws only what changed, so that screen readers hear each message once.
  draw(bubbles, typing) {
    const atEnd = this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < 80;
    this.#list.querySelector(".empty")?.remove();
    this.#list.querySelector(".typing")?.remove();
    if (!bubbles.length) this.#list.append(make("li", { class: "empty" }, "No messages yet. Ask the shop something."));
    for (const bubble of bubbles) this.#drawOne(bubble, bubbles);
    if (typing) {
      const dots = [make("i"), make("i"), make("i")];
      this.#list.append(make("li", { class: "bubble typing", "aria-label": "typing" }, ...dots));
    }
    if (atEnd) this.#toEnd();
  }

  #drawOne(bubble, all) {
    const wanted = JSON.stringify(bubble);
    const before = this.#drawn.get(bubble.message_id);
    if (before?.wanted === wanted) return;
    const classes = `bubble ${bubble.side}${bubble.deleted ? " deleted" : ""}`;
    const data = { "data-id": bubble.message_id, "data-side": bubble.side, "data-state": bubble.state };
    const node = make("li", { class: classes, ...data });
    if (bubble.side === "staff") node.append(make("span", { class: "from" }, "Sent from the shop's own phone"));
    const quoted = bubble.quoted_id && all.find((one) => one.message_id === bubble.quoted_id);
    if (quoted) node.append(make("span", { class: "quote" }, quoted.text || WORDS_FOR_KIND[quoted.kind] || "…"));
    node.append(...body(bubble), foot(bubble));
    if (bubble.choices.length) node.append(choices(bubble, this.#onChoice));
    if (bubble.reaction) node.append(make("span", { class: "reaction" }, bubble.reaction));
    if (before) before.node.replaceWith(node);
    else this.#list.append(node);
    this.#drawn.set(bubble.message_id, { wanted, node });
  }
}

export function drawWire(list, lines) {
  list.replaceChildren(
    ...lines.map((line) => {
      const bad = /refused|given/.test(line.how);
      const arrow = line.way === "webhook" ? "→" : "←";
      const meaning = line.way === "webhook" ? "webhook to the product" : "call from the product";
      return make("li", { title: meaning },
        make("time", {}, clock(line.at, { second: "2-digit" })), make("span", { "aria-hidden": "true" }, arrow),
        make("span", { class: "what" }, line.what), make("span", { class: bad ? "how bad" : "how" }, line.how));
    }),
  );
}

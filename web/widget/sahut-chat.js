// <sahut-chat api="https://…" key="wc_…" lang="id" name="Shop"> – a shop's web chat.
//
// One script tag is enough; the element is then added by itself:
//   <script type="module" src="…/sahut-chat.js" data-api="https://…" data-key="wc_…" data-lang="id"></script>

import { ChatApi } from "./api.js";
import { Conversation } from "./conversation.js";
import { Store } from "./store.js";
import { View } from "./view.js";
import { wordsFor } from "./words.js";

const STYLE = new URL("./sahut-chat.css", import.meta.url);

class SahutChat extends HTMLElement {
  #conversation = null;
  #view = null;
  #isOpen = false;
  #seen = 0;
  #onWorldChange = () => this.#conversation.worldChanged();

  connectedCallback() {
    if (!this.#view) this.#build();
    document.addEventListener("visibilitychange", this.#onWorldChange);
    addEventListener("online", this.#onWorldChange);
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#onWorldChange);
    removeEventListener("online", this.#onWorldChange);
    this.#conversation.stop();
  }

  #build() {
    const api = this.getAttribute("api") ?? "";
    const key = this.getAttribute("key") ?? "";
    const language = this.getAttribute("lang") || document.documentElement.lang || navigator.language;
    const root = this.attachShadow({ mode: "open" });
    this.#addStyle(root);
    this.#conversation = new Conversation(new ChatApi(api, key), new Store(api, key), () => this.#draw());
    this.#view = new View(root, wordsFor(language), language, this.getAttribute("name") ?? "", {
      toggle: () => this.#toggle(),
      say: (text) => this.#conversation.say(text),
      again: (clientId) => this.#conversation.again(clientId),
      active: () => this.#conversation.active(),
      typing: () => this.#conversation.typing(),
    });
    this.#draw();
  }

  // A file, not a style element: sites that forbid inline styles can allow it. Hidden until it is there.
  #addStyle(root) {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = STYLE.href;
    this.hidden = true;
    link.addEventListener("load", () => (this.hidden = false));
    root.append(link);
  }

  #toggle() {
    this.#isOpen = !this.#isOpen;
    if (this.#isOpen) {
      this.#view.open();
      if (this.#conversation.started) this.#conversation.active();
    } else {
      this.#view.close();
    }
    this.#draw();
  }

  #draw() {
    this.#view?.draw(this.#conversation);
    const theirs = this.#conversation.messages.filter((one) => one.from !== "customer").length;
    if (this.#isOpen) this.#seen = theirs;
    this.#view?.showUnread(Math.max(0, theirs - this.#seen));
  }
}

customElements.define("sahut-chat", SahutChat);

// A module has no document.currentScript; its own address finds its tag.
const tag = [...document.scripts].find((script) => script.src === import.meta.url && script.dataset.key);
if (tag && !document.querySelector("sahut-chat")) {
  const element = document.createElement("sahut-chat");
  for (const name of ["api", "key", "lang", "name"]) {
    if (tag.dataset[name]) element.setAttribute(name, tag.dataset[name]);
  }
  document.body.append(element);
}

// The phone page: who writes to whom, what is on the screen, and the tools beside it.

import * as api from "./phone-api.js";
import { ChatView, drawWire, initials, make } from "./phone-view.js";

const CHAT_EVERY_MS = 500;
const WIRE_EVERY_MS = 1500;
const PEOPLE_EVERY_MS = 5000;
const TROUBLE_MS = 6000;
const KEPT_CUSTOMERS = "sahut.sandbox.customers";

const at = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
const state = {
  numbers: [],
  customers: [],
  numberId: "",
  contact: "",
  version: -1,
  typing: false,
  editing: "", // id of the message that is being edited
  bubbles: [],
};

const view = new ChatView(at("chat"), (bubble, id, title) =>
  say({ kind: "button_reply", choice_id: id, text: title, reply_to: bubble.message_id }));

const address = (person) => person.phone || person.user_id;
const me = () => state.customers.find((person) => address(person) === state.contact);

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT_CUSTOMERS) ?? "[]");
  } catch {
    return [];
  }
}

// What a person did and failed stays readable for a while; a failed look-up until the next succeeds.
let troubleUntil = 0;

function trouble(words, forMs = 0) {
  if (!words && Date.now() < troubleUntil) return;
  troubleUntil = Date.now() + forMs;
  at("trouble").textContent = words;
  at("trouble").hidden = !words;
}

async function look(work) {
  try {
    const found = await work();
    trouble("");
    return found;
  } catch {
    trouble("The sandbox server does not answer.");
    return undefined;
  }
}

async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    trouble(error.message, TROUBLE_MS);
    return undefined;
  }
}

async function say(message) {
  const person = me();
  if (!person) return;
  await attempt(() => api.write(state.numberId, person, message));
  await refreshChat();
}

// Who writes to whom

function option(group, value, checked, name, details, tone) {
  const input = make("input", { type: "radio", name: group, value });
  input.checked = checked;
  const face = make("span", { class: "face", "data-tone": String(tone), "aria-hidden": "true" }, initials(name));
  const who = make("span", { class: "who" }, make("b", {}, name), make("small", {}, details));
  return make("label", { class: "option" }, input, make("span", { class: "row" }, face, who));
}

function drawOptions() {
  const numbers = state.numbers.map((one, n) =>
    option("number", one.phone_number_id, one.phone_number_id === state.numberId, one.name, one.display_number, n));
  const customers = state.customers.map((one, n) => {
    const details = one.phone ? `+${one.phone}` : `@${one.username || "no phone number"}`;
    return option("customer", address(one), address(one) === state.contact, one.name || address(one), details, n % 6);
  });
  at("numbers").replaceChildren(at("numbers").firstElementChild, ...numbers);
  at("customers").replaceChildren(at("customers").firstElementChild, ...customers);
  const number = state.numbers.find((one) => one.phone_number_id === state.numberId);
  at("peer").textContent = number?.name ?? "No number";
  at("face").textContent = initials(number?.name ?? "?");
}

async function refreshPeople() {
  const found = await look(() => api.directory(state.numberId));
  if (!found) return;
  const known = new Set();
  const people = [...found.customers, ...kept(), ...found.others].filter((person) => {
    const isNew = !known.has(address(person));
    known.add(address(person));
    return isNew;
  });
  const changed = JSON.stringify([people, found.numbers]) !== JSON.stringify([state.customers, state.numbers]);
  state.numbers = found.numbers;
  state.customers = people;
  state.numberId ||= asked.get("phone_number_id") || found.numbers[0]?.phone_number_id || "";
  state.contact ||= asked.get("contact") || firstFor(state.numberId);
  if (changed) drawOptions();
}

// A customer of the shop's own country comes first.
function firstFor(numberId) {
  const language = state.numbers.find((one) => one.phone_number_id === numberId)?.language;
  const prefix = language === "id" ? "62" : "44";
  const found = state.customers.find((person) => person.phone.startsWith(prefix)) ?? state.customers[0];
  return found ? address(found) : "";
}

function turnTo(numberId, contact) {
  Object.assign(state, { numberId, contact, version: -1, bubbles: [] });
  stopEditing();
  view.clear();
  drawOptions();
  refreshChat();
}

at("numbers").addEventListener("change", (event) => turnTo(event.target.value, firstFor(event.target.value)));
at("customers").addEventListener("change", (event) => turnTo(state.numberId, event.target.value));

at("new-customer").addEventListener("click", () => {
  const phone = `62899${String(crypto.getRandomValues(new Uint32Array(1))[0] % 10_000_000).padStart(7, "0")}`;
  const person = { phone, user_id: "", name: `New customer ${phone.slice(-3)}`, username: "" };
  localStorage.setItem(KEPT_CUSTOMERS, JSON.stringify([...kept(), person].slice(-5)));
  state.customers = [...state.customers, person];
  turnTo(state.numberId, phone);
  at("words").focus();
});

// The chat

async function refreshChat() {
  const { numberId, contact, version } = state;
  if (!numberId || !contact) return;
  const found = await look(() => api.chat(numberId, contact, version));
  if (!found || numberId !== state.numberId || contact !== state.contact) return;
  if (found.bubbles || found.typing !== state.typing) {
    state.bubbles = found.bubbles ?? state.bubbles;
    view.draw(state.bubbles, found.typing);
  }
  Object.assign(state, { version: found.version, typing: found.typing });
  at("presence").textContent = found.typing ? "typing…" : "business account";
  at("window-closed").checked = !found.window_open;
  const mine = lastOwn();
  at("delete-last").disabled = !mine;
  at("edit-last").disabled = mine?.kind !== "text";
}

function lastOwn() {
  return state.bubbles.findLast((bubble) => bubble.side === "customer" && !bubble.deleted);
}

function grow() {
  const words = at("words");
  words.style.height = "auto";
  words.style.height = `${Math.min(words.scrollHeight + 2, 116)}px`;
}

at("words").addEventListener("input", grow);

at("words").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    at("composer").requestSubmit();
  }
  if (event.key === "Escape") stopEditing();
});

at("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = at("words").value.trim();
  if (!text) return;
  const editing = state.editing;
  stopEditing();
  at("words").value = "";
  grow();
  await say(editing ? { kind: "edit", target_id: editing, text } : { kind: "text", text });
});

function stopEditing() {
  if (state.editing) at("words").value = "";
  state.editing = "";
  at("mode").hidden = true;
}

at("mode-end").addEventListener("click", stopEditing);
at("voice").addEventListener("click", () => say({ kind: "audio" }));
at("picture").addEventListener("click", () => at("picture-file").click());

at("picture-file").addEventListener("change", async (event) => {
  const file = event.target.files[0];
  if (!file) return;
  const stored = await attempt(() => api.upload(file));
  event.target.value = "";
  if (stored) await say({ kind: "image", media_id: stored.id, text: at("words").value.trim() });
});

// Tools

at("edit-last").addEventListener("click", () => {
  const bubble = lastOwn();
  if (!bubble) return;
  state.editing = bubble.message_id;
  at("mode").hidden = false;
  at("words").value = bubble.text;
  at("words").focus();
});

at("delete-last").addEventListener("click", () => {
  const bubble = lastOwn();
  if (bubble) say({ kind: "revoke", target_id: bubble.message_id });
});

at("window-closed").addEventListener("change", async (event) => {
  const open = !event.target.checked;
  await attempt(() => api.setWindow(state.numberId, state.contact, open));
});

at("staff-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const words = at("staff-words").value.trim();
  if (!words) return;
  at("staff-words").value = "";
  await say({ kind: "echo", text: words });
});

// A clock for each list; none runs in a hidden tab.
function every(pause, work) {
  const tick = async () => {
    if (!document.hidden) await work();
    setTimeout(tick, pause);
  };
  tick();
}

await refreshPeople();
every(CHAT_EVERY_MS, refreshChat);
every(WIRE_EVERY_MS, async () => {
  const lines = await look(api.wire);
  if (lines) drawWire(at("wire"), lines);
});
every(PEOPLE_EVERY_MS, refreshPeople);

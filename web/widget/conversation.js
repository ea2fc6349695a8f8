// One visitor's conversation: what was said, what is on its way, and when to ask for news.
//
// News come over a WebSocket where one can be opened, else they are asked for while a reply is pending or
// for two minutes after something happened; neither in a hidden tab. Both count the same lines, so that
// changing over loses and repeats nothing. A message that got no answer is sent again with the same id.

import { Problem } from "./api.js";
import { Live } from "./live.js";

const WAIT_S = 20;
const AWAKE_MS = 120_000;
const CONNECTED_MS = 600_000; // how long a connection is kept while nothing happens
const RESEND_PAUSES_MS = [1000, 2000, 4000, 8000];
const POLL_PAUSES_MS = [1000, 2000, 5000, 10_000, 20_000];
const PAST = -1; // the cursor of messages of an ended session
const TYPING_PAUSE_MS = 2000;
const SHORTEST_POLL_MS = 1500; // between polls that brought nothing: a server may not wait

// Ends early when the signal aborts.
function pause(ms, signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
    if (signal?.aborted) done();
  });
}

function newId() {
  // randomUUID exists on secure origins only
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Seconds, milliseconds or ISO 8601, as milliseconds.
function millis(moment) {
  if (typeof moment === "number") return moment < 1e11 ? moment * 1000 : moment;
  return Date.parse(moment) || Date.now();
}

export class Conversation {
  // Each: {clientId, cursor, from, text, at, citations, state: sent|sending|failed, problem}
  messages = [];
  owner = "machine";
  pending = false;
  problem = null; // the last failed look for news

  #api;
  #store;
  #onChange;
  #session = { token: "", visitorId: "", expiresAt: 0 };
  #cursor = 0;
  #loaded = false; // whether the past of this session was fetched
  #lastActivity = 0;
  #toldTyping = 0;
  #polling = null;
  #live;
  #sending = false;
  #opening = null;

  constructor(api, store, onChange) {
    this.#api = api;
    this.#store = store;
    this.#onChange = onChange;
    this.#live = new Live({
      ticket: () => this.#withSession((token) => api.ticket(token)),
      cursor: () => this.#cursor,
      event: (event) => this.#hear(event),
      lost: () => this.active(),
      wanted: () => this.#awake(CONNECTED_MS),
    });
    const { unsent, ...session } = store.load();
    this.#session = session;
    for (const { clientId, text, at } of unsent) this.#add({ clientId, from: "customer", text, at, state: "failed" });
  }

  get started() {
    return Boolean(this.#session.token);
  }

  // The visitor did something: stay awake for a while.
  active() {
    this.#lastActivity = Date.now();
    this.#poll();
  }

  // The visitor types. Worth telling only while a reply to what they sent is being prepared.
  async typing() {
    if (!this.pending || Date.now() - this.#toldTyping < TYPING_PAUSE_MS) return;
    this.#toldTyping = Date.now();
    if (this.#live.up) return this.#live.typing();
    try {
      await this.#withSession((token) => this.#api.typing(token));
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // the reply comes a little sooner, that is all
    }
  }

  // The tab was hidden or shown again, or the connection came back.
  worldChanged() {
    this.#live.close();
    if (this.#polling) this.#polling.abort(); // starts anew by itself, if it may
    else this.#poll();
  }

  stop() {
    this.#lastActivity = 0;
    this.pending = false;
    this.#live.close();
    this.#polling?.abort();
  }

  say(text) {
    this.#add({ clientId: newId(), from: "customer", text, at: Date.now(), state: "sending" });
    this.#keep();
    this.#changed();
    this.#sendAll();
  }

  // Sends a failed message again: the same message, not a new one.
  again(clientId) {
    const message = this.messages.find((one) => one.clientId === clientId);
    if (message?.state !== "failed") return;
    Object.assign(message, { state: "sending", problem: null });
    this.#changed();
    this.#sendAll();
  }

  // Sending: one after the other, in the order of writing

  async #sendAll() {
    if (this.#sending) return;
    this.#sending = true;
    for (let next = this.#unsent("sending"); next; next = this.#unsent("sending")) {
      await this.#sendOne(next);
      this.#keep();
      this.#changed();
    }
    this.#sending = false;
  }

  #unsent(state) {
    return this.messages.find((one) => one.from === "customer" && one.state === state);
  }

  async #sendOne(message) {
    for (const pauseMs of [...RESEND_PAUSES_MS, null]) {
      try {
        const taken = await this.#withSession((token) => this.#api.send(token, message.clientId, message.text));
        this.#taken(message, taken.cursor);
        return;
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (!error.passing || pauseMs === null) {
          Object.assign(message, { state: "failed", problem: error });
          return;
        }
        await pause(Math.max(pauseMs, error.retryAfterS * 1000));
      }
    }
  }

  #taken(message, cursor) {
    // News may have brought it back before the answer to the POST came.
    this.messages = this.messages.filter((one) => one === message || !cursor || one.cursor !== cursor);
    Object.assign(message, { state: "sent", problem: null, cursor: cursor ?? message.cursor });
    if (cursor === this.#cursor + 1) this.#cursor = cursor;
    if (this.owner === "machine") this.pending = true;
    this.active();
  }

  // Does the work with a good token; one that the server no longer takes is exchanged once.
  async #withSession(work) {
    try {
      return await work(await this.#token());
    } catch (error) {
      if (error.status !== 401) throw error;
      this.#session.expiresAt = 0;
      return work(await this.#token());
    }
  }

  async #token() {
    if (this.#session.token && this.#session.expiresAt > Date.now()) return this.#session.token;
    this.#opening ??= this.#openSession().finally(() => (this.#opening = null));
    await this.#opening;
    return this.#session.token;
  }

  async #openSession() {
    const before = this.#session;
    const opened = await this.#api.openSession(before.token);
    const visitorId = opened.visitor_id ?? opened.conversation_id ?? opened.visitor_token;
    this.#session = { token: opened.visitor_token, visitorId, expiresAt: millis(opened.expires_at) };
    if (before.visitorId && before.visitorId !== visitorId) this.#beginAnew();
    this.#keep();
  }

  // Another visitor is another conversation: it counts from the beginning.
  #beginAnew() {
    this.#cursor = 0;
    this.#loaded = false;
    this.#live.close(); // it is the other visitor's
    for (const message of this.messages) if (message.cursor) message.cursor = PAST;
    Object.assign(this, { owner: "machine", pending: false });
  }

  // News

  #awake(forMs) {
    const awake = this.pending || Date.now() - this.#lastActivity < forMs;
    return Boolean(this.#session.token) && !document.hidden && awake;
  }

  // Until there is a connection, or nothing to wait for.
  async #poll() {
    if (this.#polling || this.#live.up || !this.#awake(AWAKE_MS)) return;
    const aborter = new AbortController();
    this.#polling = aborter;
    let failures = 0;
    while (!aborter.signal.aborted && this.#awake(AWAKE_MS)) {
      if (await this.#live.connect()) break;
      if (aborter.signal.aborted) break;
      failures = (await this.#askOnce(aborter.signal)) ? 0 : failures + 1;
      if (failures) await pause(POLL_PAUSES_MS[Math.min(failures, POLL_PAUSES_MS.length) - 1], aborter.signal);
    }
    this.#polling = null;
    if (aborter.signal.aborted) this.#poll(); // it may be allowed again
  }

  // Whether the server answered.
  async #askOnce(signal) {
    const began = Date.now();
    try {
      // Not longer than until the next try to connect.
      const waitS = this.#loaded ? Math.min(WAIT_S, Math.max(1, Math.ceil(this.#live.retryInS))) : 0;
      const news = await this.#withSession((token) => this.#api.news(token, this.#cursor, waitS, signal));
      this.#loaded = true;
      const brought = this.#apply(news);
      if (!brought && Date.now() - began < SHORTEST_POLL_MS) await pause(SHORTEST_POLL_MS, signal);
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (signal.aborted) return true;
      this.problem = error;
      this.#changed();
      return false;
    }
  }

  // What the connection brings. `id`: the newest line that the event knows of.
  #hear(event) {
    if (event.type === "message") this.#told([event.message], event.id - 1, event.id);
    if (event.type === "messages") this.#told(event.messages, event.after, event.id ?? 0);
    if (event.type === "messages" && !event.more) this.#loaded = true;
    if (event.type !== "messages" && event.id > this.#cursor) this.#live.resume(); // lines are missing
    this.#takeState(event);
    this.#changed();
  }

  // All lines after one line up to another. They count as known when all before them are.
  #told(messages, after, upto) {
    this.#api.complete(messages);
    for (const one of messages) this.#merge(one);
    if (after <= this.#cursor) this.#cursor = Math.max(this.#cursor, upto);
    if (messages.some((one) => one.from !== "customer")) this.#lastActivity = Date.now();
  }

  #takeState(event) {
    this.problem = null;
    if (event.owner) this.owner = event.owner;
    if (this.owner !== "machine") this.pending = false;
    else if ("pending" in event) this.pending = event.pending || this.#isUnanswered(event.id ?? 0);
  }

  // Whether the visitor has written after a line.
  #isUnanswered(line) {
    return this.messages.some((one) => one.from === "customer" && one.state === "sent" && one.cursor > line);
  }

  // Whether there was anything new.
  #apply(news) {
    const fresh = news.messages.filter((one) => one.cursor > this.#cursor);
    for (const one of fresh) this.#merge(one);
    const isNew = fresh.length > 0 || news.owner !== this.owner || news.pending !== this.pending || this.problem;
    this.#cursor = Math.max(this.#cursor, news.cursor ?? 0);
    Object.assign(this, { owner: news.owner, pending: news.pending, problem: null });
    if (fresh.some((one) => one.from !== "customer")) this.#lastActivity = Date.now();
    if (isNew) this.#changed();
    return fresh.length > 0;
  }

  #merge(one) {
    const mine = this.messages.find((message) => {
      const sameId = one.client_message_id && message.clientId === one.client_message_id;
      return sameId || message.cursor === one.cursor;
    });
    const told = { cursor: one.cursor, from: one.from, text: one.text, at: millis(one.at), state: "sent" };
    if (mine) Object.assign(mine, told, { problem: null });
    else this.#add({ ...told, clientId: one.client_message_id ?? "", citations: one.citations ?? [] });
  }

  #add(message) {
    this.messages.push({ cursor: 0, citations: [], problem: null, ...message });
  }

  #keep() {
    const unsent = this.messages.filter((one) => one.from === "customer" && one.state !== "sent");
    this.#store.save({
      ...this.#session,
      unsent: unsent.map(({ clientId, text, at }) => ({ clientId, text, at })),
    });
  }

  // The server's order; what it has not numbered yet comes last, as it was written.
  #changed() {
    const place = (one) => one.cursor || Number.MAX_SAFE_INTEGER;
    this.messages.sort((a, b) => place(a) - place(b));
    this.#onChange();
  }
}

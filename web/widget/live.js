// The visitor's WebSocket: opened with a ticket, kept alive, tried again later when it can't be opened.
// Knows frames and time, not what they mean.

const OPEN_LIMIT_MS = 6000; // from asking for the ticket to the first answer
const PING_MS = 25_000;
const PONG_LIMIT_MS = 10_000;
const RETRY_PAUSES_MS = [1000, 3000, 10_000, 30_000, 120_000];
const STEADY_MS = 60_000; // a connection that held so long forgets earlier failures

export class Live {
  #on; // {ticket: () => Promise, cursor: () => number, event, lost, wanted: () => boolean}
  #socket = null;
  #up = false;
  #since = 0;
  #timer = null;
  #pongDue = null;
  #failures = 0;
  #nextTry = 0;

  constructor(on) {
    this.#on = on;
  }

  // Whether news come by themselves.
  get up() {
    return this.#up;
  }

  // Whether the connection is up and everything up to now has been told. Tries only when it is time to.
  async connect() {
    if (this.#up) return true;
    if (this.#socket || Date.now() < this.#nextTry || typeof WebSocket === "undefined") return false;
    const opened = await this.#open();
    if (opened === false) this.#failed();
    return Boolean(opened);
  }

  // How long nobody needs to ask again for a connection.
  get retryInS() {
    return Math.max(0, this.#nextTry - Date.now()) / 1000;
  }

  // Asks for all that came after the cursor.
  resume() {
    this.#send({ type: "resume", after: this.#on.cursor() });
  }

  typing() {
    this.#send({ type: "typing" });
  }

  // Without a word to the owner, who wanted it.
  close() {
    const socket = this.#socket;
    this.#forget();
    socket?.close();
  }

  // null: we left it ourselves meanwhile, which is no failure.
  async #open() {
    const limit = Date.now() + OPEN_LIMIT_MS;
    let told;
    try {
      told = await this.#on.ticket();
    } catch (error) {
      if (error.status === 404) this.#failures = RETRY_PAUSES_MS.length; // there is none here
      return false;
    }
    if (!this.#on.wanted()) return null;
    return new Promise((done) => this.#begin(told, limit - Date.now(), done));
  }

  #begin({ url, ticket }, limitMs, done) {
    let socket;
    try {
      socket = new WebSocket(`${url}?ticket=${encodeURIComponent(ticket)}`);
    } catch {
      done(false); // the page's policy forbids it, or the address is none
      return;
    }
    this.#socket = socket;
    const late = setTimeout(() => socket.close(), Math.max(0, limitMs));
    socket.onopen = () => this.resume();
    socket.onmessage = ({ data }) => {
      if (socket !== this.#socket) return;
      const event = parsed(data);
      if (!event) return;
      this.#heard(event);
      this.#on.event(event);
      if (this.#up || event.type !== "messages" || event.more) return;
      clearTimeout(late);
      this.#began();
      done(true);
    };
    socket.onclose = () => {
      clearTimeout(late);
      done(socket === this.#socket ? false : null);
      if (socket === this.#socket) this.#lost();
    };
  }

  #began() {
    this.#up = true;
    this.#since = Date.now();
    this.#timer = setInterval(() => this.#beat(), PING_MS);
  }

  #beat() {
    if (!this.#on.wanted()) {
      this.close();
      return;
    }
    if (Date.now() - this.#since > STEADY_MS) this.#failures = 0;
    this.#send({ type: "ping" });
    // A network that went away without a word shows by its silence.
    this.#pongDue ??= setTimeout(() => this.#silent(), PONG_LIMIT_MS);
  }

  #silent() {
    const socket = this.#socket;
    this.#lost();
    socket?.close();
  }

  #heard(event) {
    clearTimeout(this.#pongDue);
    this.#pongDue = null;
    if (event.type === "error" && event.code === "unknown_connection") this.#socket.close();
  }

  #lost() {
    const wasUp = this.#up;
    this.#forget();
    if (!wasUp) return; // `connect` says so
    this.#failed();
    this.#on.lost();
  }

  #failed() {
    const pauseMs = RETRY_PAUSES_MS[Math.min(this.#failures, RETRY_PAUSES_MS.length - 1)];
    this.#failures += 1;
    this.#nextTry = Date.now() + pauseMs * (0.5 + Math.random());
  }

  #forget() {
    clearInterval(this.#timer);
    clearTimeout(this.#pongDue);
    this.#timer = null;
    this.#pongDue = null;
    this.#socket = null;
    this.#up = false;
  }

  #send(frame) {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(frame));
  }
}

function parsed(data) {
  try {
    const event = JSON.parse(data);
    return typeof event?.type === "string" ? event : null;
  } catch {
    return null;
  }
}

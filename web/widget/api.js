// The product's web chat API. Knows no DOM and keeps nothing.

const CALL_LIMIT_MS = 15_000;
const POLL_GRACE_MS = 12_000; // over the wait that was asked for

// An answer that is no success. status 0: no answer at all. detail: RFC 9457's, '' when there is none.
export class Problem extends Error {
  constructor(status, detail = "", retryAfterS = 0) {
    super(`problem ${status}`);
    this.status = status;
    this.detail = detail;
    this.retryAfterS = retryAfterS;
  }

  // Whether the same request may succeed a little later.
  get passing() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

async function toProblem(answer) {
  let told = {};
  try {
    told = await answer.json();
  } catch {
    // no JSON: the status alone must do
  }
  const detail = typeof told.detail === "string" ? told.detail : (told.title ?? "");
  return new Problem(answer.status, String(detail), Number(answer.headers.get("Retry-After")) || 0);
}

// A signal that aborts after a time, or with another signal; AbortSignal.any is too young for shops.
function within(limitMs, other) {
  const aborter = new AbortController();
  const abort = () => aborter.abort();
  const timer = setTimeout(abort, limitMs);
  other?.addEventListener("abort", abort);
  if (other?.aborted) abort();
  const done = () => {
    clearTimeout(timer);
    other?.removeEventListener("abort", abort);
  };
  return { signal: aborter.signal, done };
}

export class ChatApi {
  #base;
  #key;

  constructor(base, key) {
    this.#base = base.replace(/\/+$/, "");
    this.#key = key;
  }

  // {visitor_token, visitor_id, expires_at}. An earlier token, even an expired one, goes on with the
  // same conversation: the same visitor_id comes back.
  openSession(earlierToken) {
    const earlier = earlierToken ? { visitor_token: earlierToken } : {};
    return this.#call("/v1/chat/sessions", { body: { webchat_key: this.#key, ...earlier } });
  }

  // {message_id, cursor}. The same clientId again is the same message.
  send(token, clientId, text) {
    return this.#call("/v1/chat/messages", { token, body: { client_message_id: clientId, text } });
  }

  // Says that the visitor is writing on: the reply under way may wait a moment for it.
  typing(token) {
    return this.#call("/v1/chat/typing", { token, method: "PUT" });
  }

  // {ticket, url, expires_at}: opens the WebSocket once, within half a minute. 404 where there is none.
  ticket(token) {
    return this.#call("/v1/chat/tickets", { token, method: "POST" });
  }

  // {messages, cursor, owner, pending}; waits up to waitS seconds for something new.
  async news(token, after, waitS, signal) {
    const path = `/v1/chat/messages?after=${after}&wait=${waitS}`;
    const told = await this.#call(path, { token, signal, limitMs: waitS * 1000 + POLL_GRACE_MS });
    this.complete(told.messages);
    return told;
  }

  // Gives citations whole addresses: an original of ours is a path below the API's base.
  complete(messages) {
    for (const one of messages.flatMap((message) => message.citations ?? [])) {
      if (one.uri?.startsWith("/")) one.uri = this.#base + one.uri;
    }
  }

  async #call(path, { token, body, signal, method = body ? "POST" : "GET", limitMs = CALL_LIMIT_MS }) {
    const headers = {};
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    const { signal: until, done } = within(limitMs, signal);
    let answer;
    try {
      answer = await fetch(this.#base + path, {
        method,
        headers,
        body: body && JSON.stringify(body),
        signal: until,
        credentials: "omit",
        cache: "no-store",
      });
      if (answer.ok) return answer.status === 204 ? null : await answer.json();
    } catch {
      throw new Problem(0);
    } finally {
      done();
    }
    throw await toProblem(answer);
  }
}

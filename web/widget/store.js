// What survives a reload: the visitor's token and the messages that are not yet taken.

export class Store {
  #name;
  #memory = null; // where storage is forbidden

  constructor(api, key) {
    this.#name = `sahut-chat:${api}:${key}`;
  }

  // {token, visitorId, expiresAt (ms), unsent: [{clientId, text, at}]}. An expired token is kept: it
  // is good for going on.
  load() {
    let found = this.#memory;
    try {
      found ??= JSON.parse(localStorage.getItem(this.#name));
    } catch {
      found = null;
    }
    return {
      token: typeof found?.token === "string" ? found.token : "",
      visitorId: typeof found?.visitorId === "string" ? found.visitorId : "",
      expiresAt: Number(found?.expiresAt) || 0,
      unsent: Array.isArray(found?.unsent) ? found.unsent : [],
    };
  }

  save(kept) {
    this.#memory = null;
    try {
      localStorage.setItem(this.#name, JSON.stringify(kept));
    } catch {
      this.#memory = kept;
    }
  }
}

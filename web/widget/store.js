// What survives a reload: the visitor's token and the messages that are not yet taken.

export class Store {
  #name;
  #memory = null; // where storage is forbidden

  constructor(api, key) {
    this.#name = `sahut-chat:${api}:${key}`;
  }

  // {token, expiresAt (ms), unsent: [{clientId, text, at}]}
  load() {
    let found = this.#memory;
    try {
      found ??= JSON.parse(localStorage.getItem(this.#name));
    } catch {
      found = null;
    }
    const unsent = Array.isArray(found?.unsent) ? found.unsent : [];
    const alive = typeof found?.token === "string" && found.expiresAt > Date.now();
    return alive ? { token: found.token, expiresAt: found.expiresAt, unsent } : { token: "", expiresAt: 0, unsent };
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

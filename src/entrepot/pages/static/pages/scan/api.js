// The desk, asked by a page: as the person and for the enterprise that the page was opened for, and
// for nobody else, whoever has signed in meanwhile.

const PATIENCE = 8000; // milliseconds for an answer
const AWAY = new Set([408, 425, 429, 502, 503, 504]);

/** The network or the server is away: ask again later. */
export class Away extends Error {}
/** The session has ended, or is somebody else's by now. */
export class SignedOut extends Error {}
/** The desk said no. */
export class Refusal extends Error {
  constructor(status, said) {
    super(said.found ?? String(status));
    Object.assign(this, { status, code: said.code ?? "", found: said.found ?? "", remedy: said.remedy ?? "", facts: said.facts ?? {} });
  }
}

export class Api {
  constructor(given) {
    this.given = given;
    this.token = given.token;
  }

  /** Ask an operation of the API. */
  async call(method, path, body, key = "", again = true) {
    const headers = {
      Accept: "application/json", "Accept-Language": this.given.language === "zh" ? "zh-hans" : "en",
      "Entrepot-Enterprise": this.given.enterprise,
    };
    if (method !== "GET") headers["X-CSRFToken"] = this.token;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (key) headers["Idempotency-Key"] = key;
    const answered = await this.#fetch(this.given.addresses.api + path, { method, headers, body: body && JSON.stringify(body) });
    if (answered.ok) return answered.status === 204 ? null : this.#named(await answered.json());
    if (AWAY.has(answered.status)) throw new Away(String(answered.status));
    const said = await answered.json().catch(() => ({}));
    if (answered.status === 401 || said.code === "people.forged") {
      await this.#renew();
      if (again) return this.call(method, path, body, key, false);
      throw new SignedOut();
    }
    throw new Refusal(answered.status, said);
  }

  /** Ask what is for the scan pages only. */
  async read(path, given = {}) {
    const query = new URLSearchParams(given).toString();
    const answered = await this.#fetch(`${this.given.addresses.start}${path}${query ? `?${query}` : ""}`, { redirect: "manual" });
    if (answered.type === "opaqueredirect") throw new SignedOut();
    if (AWAY.has(answered.status)) throw new Away(String(answered.status));
    const said = await answered.json().catch(() => ({}));
    if (!answered.ok) throw new Refusal(answered.status, said);
    return this.#named(said);
  }

  /** Everything that has a Chinese name beside its English one is called by the reader's. */
  #named(said) {
    if (said === null || typeof said !== "object") return said;
    if ("name_zh" in said) {
      const [own, other] = this.given.language === "zh" ? [said.name_zh, said.name] : [said.name, said.name_zh];
      said.name = own || other;
    }
    Object.values(said).forEach((each) => this.#named(each));
    return said;
  }

  /** A session of the same person may have been renewed; what signs its requests is another then. */
  async #renew() {
    const me = await this.read("me").catch((error) => {
      throw error instanceof Refusal ? new SignedOut() : error;
    });
    if (me.owner !== this.given.owner) throw new SignedOut();
    this.token = me.token;
  }

  async #fetch(address, options) {
    try {
      return await fetch(address, { ...options, cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE) });
    } catch (error) {
      throw new Away(error.message);
    }
  }
}

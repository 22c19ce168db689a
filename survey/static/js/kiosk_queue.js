/* What this screen still has to send. A packet is put into the browser's storage before it is sent and taken out
   when the service has answered for it, so neither a lost network nor a power cut loses a rating; the uuid made
   for the screen makes sending it again harmless. */

const LONGEST_PAUSE = 300_000;
const PATIENCE = 20_000;

export class PacketQueue {
  constructor(address, onChange) {
    this.address = address;
    this.onChange = onChange;
    this.key = `hai-long-waiting${address}`;
    this.parkedKey = `hai-long-refused${address}`;
    this.entries = read(this.key);
    this.failures = 0;
    this.timer = 0;
    this.isDraining = false;
    window.addEventListener("online", () => this.drain());
  }

  /** Keep a packet: a list of [field, value]. */
  add(fields) {
    this.entries.push(fields);
    this.#save();
    return fields;
  }

  /** Send one packet and wait at most `patience` milliseconds.
      Gives {outcome: "kept", code}, {outcome: "refused", messages}, or {outcome: "later"}: it stays here. */
  async deliver(fields, patience) {
    const answer = await this.#post(fields, patience);
    if (answer.outcome === "later") this.#scheduleDrain();
    else this.#remove(fields);
    return answer;
  }

  /** Send everything that waits, oldest first, and stop at the first that does not get through. */
  async drain() {
    if (this.isDraining) return;
    this.isDraining = true;
    clearTimeout(this.timer);
    try {
      while (this.entries.length > 0) {
        const fields = this.entries[0];
        const answer = await this.#post(fields, PATIENCE);
        if (answer.outcome === "later") {
          this.#scheduleDrain();
          return;
        }
        // Nobody stands there any more to be told; it is put aside for whoever looks after the screen.
        if (answer.outcome === "refused") write(this.parkedKey, [...read(this.parkedKey), fields].slice(-500));
        this.#remove(fields);
        this.failures = 0;
      }
    } finally {
      this.isDraining = false;
    }
  }

  #scheduleDrain() {
    clearTimeout(this.timer);
    this.failures += 1;
    this.timer = setTimeout(() => this.drain(), Math.min(2 ** this.failures * 1000, LONGEST_PAUSE));
  }

  async #post(fields, patience) {
    for (const isSecondTry of [false, true]) {
      const response = await request(this.address, {
        method: "POST",
        headers: { Accept: "application/json", "X-Kiosk-Token": pageToken().content },
        body: new URLSearchParams(fields),
      }, patience);
      // 400: the token is no longer good, for example because the service was set up anew.
      if (response?.status === 400 && !isSecondTry && (await this.refreshToken(patience))) continue;
      return outcomeOf(response);
    }
    return { outcome: "later" };
  }

  /** Read the page again for its token; gives the new page, or null when it cannot be reached. */
  async refreshToken(patience) {
    const response = await request(this.address, { cache: "no-store" }, patience);
    if (!response?.ok) return null;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const token = pageToken(page);
    if (token === null) return null;
    pageToken().content = token.content;
    return page;
  }

  #remove(fields) {
    this.entries = this.entries.filter((entry) => entry !== fields);
    this.#save();
  }

  #save() {
    write(this.key, this.entries);
    this.onChange(this.entries.length);
  }
}

function pageToken(page = document) {
  return page.querySelector("meta[name=kiosk-token]");
}

async function outcomeOf(response) {
  if (response === null) return { outcome: "later" };
  const body = await response.json().catch(() => null);
  if (body?.outcome === "stored" || body?.outcome === "duplicate") return { outcome: "kept", code: body.code };
  if (body?.outcome === "conflict") return { outcome: "refused", messages: [] };
  if (body?.outcome === "rejected") return { outcome: "refused", messages: body.problems.map((p) => p.message) };
  return { outcome: "later" };
}

async function request(address, options, patience) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), patience);
  try {
    return await fetch(address, { ...options, credentials: "omit", signal: abort.signal });
  } catch {
    return null; // no network, or no answer in time: the caller keeps the packet
  } finally {
    clearTimeout(timer);
  }
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? [];
  } catch {
    return []; // storage is switched off: packets are kept in memory only
  }
}

function write(key, entries) {
  try {
    localStorage.setItem(key, JSON.stringify(entries));
  } catch {
    // storage is full or switched off: `entries` still holds them while the page is open
  }
}

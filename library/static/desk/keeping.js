/* Keeping what is written: every change goes to this device first and is sent when typing pauses. Changes
   are sent one after the other, each as often as it takes; the server does none of them twice.

   A change: { do: "text" | "add" | "remove" | "move" | "join", block, ... }. `stuck` says why one waits for
   its writer: "clash" (somebody was faster), "gone" (its paragraph was taken out), "wrong" (refused). */

const PAUSE = 1200; // ms after the last key
const LONGEST_PAUSE = 6000;
const TIMEOUT = 30000;
const BACKOFF = [1000, 2000, 4000, 8000, 15000, 30000];

export class Keeper {
  /* `on` has sent(change), answer(change, data), stuck(change, problem), lost(change, problem), state(kind), fresh(data). */
  constructor(settings, csrf, on) {
    this.settings = settings;
    this.csrf = csrf;
    this.on = on;
    this.changes = [];
    this.sending = null;
    this.failures = 0;
    this.paused = "";
    this.full = false;
    this.timer = 0;
    this.tab = crypto.randomUUID ? crypto.randomUUID() : String(Math.random()).slice(2);
    const { person, manuscript, section, lang } = settings;
    this.prefix = `desk.${person}.${manuscript}.${section}.${lang}.`;
    if (navigator.locks) {
      // Held as long as this page lives: what it has kept is its own.
      navigator.locks.request(`desk-tab-${this.tab}`, () => new Promise(() => {}));
    }
    addEventListener("online", () => this.soon());
    addEventListener("focus", () => this.again());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.now();
      else this.again();
    });
    addEventListener("beforeunload", (event) => {
      if (!this.changes.length) return;
      this.now();
      event.preventDefault();
    });
  }

  /* Changes that an earlier page of this person has left unsent, in their order. */
  async left() {
    let alive = null;
    if (navigator.locks) {
      const { held } = await navigator.locks.query();
      alive = new Set(held.map((lock) => lock.name));
    }
    const found = [];
    try {
      for (const key of Object.keys(localStorage).filter((name) => name.startsWith(this.prefix))) {
        const tab = key.slice(this.prefix.length);
        if (tab === this.tab || (alive && alive.has(`desk-tab-${tab}`))) continue;
        const kept = JSON.parse(localStorage.getItem(key) || "[]");
        if (Array.isArray(kept)) found.push([key, kept]);
      }
    } catch {
      return [];
    }
    found.sort((a, b) => (a[1][0]?.at || 0) - (b[1][0]?.at || 0));
    this.changes.push(...found.flatMap(([, kept]) => kept.map((one) => ({ ...one, stuck: "" }))));
    if (this.keep()) for (const [key] of found) localStorage.removeItem(key);
    return this.changes;
  }

  keep() {
    const key = this.prefix + this.tab;
    try {
      if (this.changes.length) localStorage.setItem(key, JSON.stringify(this.changes));
      else localStorage.removeItem(key);
      this.full = false;
    } catch {
      this.full = true;
    }
    return !this.full;
  }

  /* The change of a paragraph's text that waits, not the one on its way. */
  waiting(block) {
    return this.changes.findLast(
      (one) => one.do === "text" && one.block === block && one !== this.sending,
    );
  }

  has(block) {
    return this.changes.some((one) => one.block === block || one.second === block);
  }

  text(block, source, version, more = {}) {
    const there = this.waiting(block);
    const last = this.changes.findLast((one) => one.block === block || one.second === block);
    const now = Date.now();
    if (there && there === last) {
      there.source = source;
      there.confirm = more.confirm || false;
      if (there.stuck === "wrong") there.stuck = "";
      there.hold = Math.min(now + PAUSE, (there.since || now) + LONGEST_PAUSE);
    } else {
      this.changes.push({
        do: "text", block, source, version, at: now, since: now, hold: now + PAUSE, ...more,
      });
    }
    this.keep();
    this.soon();
  }

  push(change, hold = 0) {
    const made = { at: Date.now(), hold: Date.now() + hold, ...change };
    this.changes.push(made);
    this.keep();
    this.soon();
    return made;
  }

  drop(change) {
    this.changes = this.changes.filter((one) => one !== change);
    this.keep();
    this.tell();
  }

  /* What the server has said of paragraphs holds for the changes that wait. */
  versions(blocks) {
    for (const told of blocks) {
      for (const one of this.changes) {
        if (one.stuck === "clash") continue;
        if (one.block === told.uuid && "version" in one) one.version = told.version;
        if (one.second === told.uuid) one.secondVersion = told.version;
      }
    }
  }

  now() {
    for (const one of this.changes) one.hold = 0;
    this.soon();
  }

  again() {
    if (this.paused === "signIn" || this.paused === "otherPerson") this.token();
    else this.soon();
  }

  next() {
    const stuck = new Set();
    for (const one of this.changes) {
      if (one.stuck) {
        stuck.add(one.block);
        if (one.second) stuck.add(one.second);
      } else if (!stuck.has(one.block) && !stuck.has(one.second) && !stuck.has(one.after)) return one;
    }
    return null;
  }

  soon() {
    clearTimeout(this.timer);
    this.tell();
    if (this.sending || this.paused) return;
    const change = this.next();
    if (!change) return;
    const wait = Math.max(0, (change.hold || 0) - Date.now());
    if (wait) this.timer = setTimeout(() => this.soon(), wait);
    else this.send(change);
  }

  async send(change) {
    this.sending = change;
    this.on.sent(change);
    this.tell();
    const { at, since, hold, stuck, ...body } = change;
    let answer = null;
    let told = null;
    try {
      answer = await this.ask(this.settings.addresses.changes, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      told = await answer.json();
    } catch {
      answer = answer && answer.ok ? null : answer;
    }
    this.sending = null;
    if (answer && answer.ok && told) {
      this.failures = 0;
      this.changes = this.changes.filter((one) => one !== change);
      this.versions(told.blocks);
      this.keep();
      this.on.answer(change, told);
    } else if (!answer || answer.status >= 500 || answer.status === 429 || !told) {
      return this.later();
    } else {
      await this.refused(change, answer.status, told);
    }
    this.soon();
  }

  async ask(address, options = {}) {
    const gone = new AbortController();
    const timer = setTimeout(() => gone.abort(), TIMEOUT);
    try {
      return await fetch(address, {
        ...options,
        signal: gone.signal,
        headers: { ...options.headers, Accept: "application/json", "X-CSRF-Token": this.csrf },
      });
    } finally {
      clearTimeout(timer);
    }
  }

  later() {
    const wait = BACKOFF[Math.min(this.failures++, BACKOFF.length - 1)];
    clearTimeout(this.timer);
    this.tell();
    this.timer = setTimeout(() => this.soon(), wait * (0.8 + Math.random() * 0.4));
  }

  async refused(change, status, problem) {
    if (status === 401) {
      this.pause("signIn");
    } else if (status === 403 && problem.reason === "form") {
      if (change.renewed) this.pause("forbidden");
      else {
        change.renewed = true;
        await this.token();
      }
    } else if (status === 403) {
      this.pause("forbidden");
    } else if (status === 404 || (status === 409 && problem.state)) {
      this.pause("closed");
    } else if (status === 409 && change.do === "text" && "version" in problem) {
      change.stuck = "clash";
      this.keep();
      this.on.stuck(change, problem);
    } else if (status === 409 && change.do === "text") {
      change.stuck = "gone";
      this.keep();
      this.on.stuck(change, problem);
    } else if (change.do === "text") {
      change.stuck = "wrong";
      this.keep();
      this.on.stuck(change, problem);
    } else {
      this.drop(change);
      this.on.lost(change, problem);
    }
  }

  pause(why) {
    this.paused = why;
    this.tell();
    if (why === "signIn") setTimeout(() => this.again(), 15000);
  }

  /* How things stand at the server, and a new token where the old one is of another sitting. */
  async token() {
    let told = null;
    let status = 0;
    try {
      const answer = await this.ask(this.settings.addresses.state);
      status = answer.status;
      if (answer.ok) told = await answer.json();
    } catch {
      return null;
    }
    if (!told) {
      if (status === 401) this.pause("signIn");
      return null;
    }
    if (told.person !== this.settings.person) {
      this.pause("otherPerson");
      return null;
    }
    this.csrf = told.csrf;
    const meta = document.querySelector('meta[name="csrf-token"]');
    if (meta) meta.content = told.csrf;
    for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = told.csrf;
    this.paused = told.writes ? "" : "closed";
    this.on.fresh(told);
    this.soon();
    return told;
  }

  /* In one word, how things stand. */
  tell() {
    let kind = "saved";
    if (this.full) kind = "notKept";
    else if (this.paused) kind = this.paused;
    else if (this.changes.some((one) => one.stuck)) kind = "stuck";
    else if (this.changes.length && this.failures) kind = navigator.onLine ? "keptBusy" : "kept";
    else if (this.changes.length && !navigator.onLine) kind = "kept";
    else if (this.changes.length) kind = "saving";
    this.on.state(kind);
  }
}

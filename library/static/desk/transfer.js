/* What both ways of sending a file share: requests with progress, trying again, knowing what is known. */

/** Something that trying again will not mend; `reason` is the server's code, `status` its answer. */
export class Refusal extends Error {
  constructor(message, { reason = "", status = 0, facts = {} } = {}) {
    super(message);
    this.reason = reason;
    this.status = status;
    this.facts = facts;
  }
}

/** The line or the server is away: worth trying again. `waiting` names what is waited for. */
export class Interruption extends Error {
  constructor(waiting = "line", after = 0) {
    super(waiting);
    this.waiting = waiting;
    this.after = after;
  }
}

export const stopped = () => new DOMException("Stopped", "AbortError");

const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/** Seconds without a byte sent or received after which a line counts as dead. */
const SILENCE = 45;

/**
 * One request. Resolves with {status, header(name), json}; rejects with Interruption, Refusal, AbortError.
 * `here` says that it is for our own server, which wants its token and explains itself.
 */
export function ask(method, address, { body = null, headers = {}, signal, progress, here = true } = {}) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(stopped());
    const request = new XMLHttpRequest();
    request.open(method, address);
    let dead;
    const alive = () => {
      clearTimeout(dead);
      dead = setTimeout(() => request.abort(), SILENCE * 1000);
    };
    const abort = () => request.abort();
    const end = (settle, value) => {
      clearTimeout(dead);
      signal?.removeEventListener("abort", abort);
      settle(value);
    };
    if (here) {
      request.setRequestHeader("X-CSRF-Token", token());
      request.setRequestHeader("Accept", "application/json");
    }
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      alive();
      progress?.(event.loaded);
    };
    request.onprogress = alive;
    request.onerror = () => end(reject, new Interruption());
    request.onabort = () => end(reject, signal?.aborted ? stopped() : new Interruption());
    request.onload = () => {
      const { status } = request;
      const answer = { status, header: (name) => request.getResponseHeader(name), json: parsed(request) };
      if (status >= 200 && status < 300) return end(resolve, answer);
      end(reject, failure(answer, here));
    };
    signal?.addEventListener("abort", abort, { once: true });
    alive();
    request.send(body);
  });
}

function parsed(request) {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return null;
  }
}

function failure({ status, header, json }, here) {
  const said = json ?? {};
  const after = Number(header("Retry-After")) || 0;
  if (status === 507) return new Interruption("room", after || 20);
  if (status === 423) return new Interruption("other", 3);
  if (status === 429 || status >= 500 || status === 408) return new Interruption("server", after);
  const reason = said.reason ?? { 401: "sign-in", 403: "forbidden" }[status] ?? "";
  return new Refusal(said.detail ?? "", { reason: here ? reason : `store-${status}`, status, facts: said });
}

/** Do something until it works: waits 1, 2, 4 ... 60 seconds in between, or until the line is back. */
export async function persist(work, { signal, waiting } = {}) {
  for (let tries = 0; ; ) {
    const begun = Date.now();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
      if (Date.now() - begun > 30_000) tries = 0; // it worked for a while: the patience begins anew
      const seconds = error.after || Math.min(60, 2 ** tries) * (0.75 + Math.random() / 2);
      tries += 1;
      waiting?.(error.waiting, seconds);
      await pause(seconds, signal);
      waiting?.("", 0);
    }
  }
}

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const end = (settle, value) => {
      clearTimeout(timer);
      window.removeEventListener("online", awake);
      signal?.removeEventListener("abort", abort);
      settle(value);
    };
    const awake = () => end(resolve);
    const abort = () => end(reject, stopped());
    const timer = setTimeout(awake, seconds * 1000);
    window.addEventListener("online", awake);
    if (signal?.aborted) return abort();
    signal?.addEventListener("abort", abort);
  });
}

/** The SHA-256 of a file in hexadecimal digits, or "" where it cannot be computed. */
export function digestOf(file, { signal, progress } = {}) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(stopped());
    let worker;
    try {
      worker = new Worker(new URL("./digest.js", import.meta.url), { type: "module" });
    } catch {
      return resolve("");
    }
    const end = (settle, value) => {
      worker.terminate();
      signal?.removeEventListener("abort", abort);
      settle(value);
    };
    const abort = () => end(reject, stopped());
    worker.onmessage = ({ data }) => {
      if (data.done !== undefined) progress?.(data.done);
      else end(resolve, data.sha256 ?? "");
    };
    worker.onerror = () => end(resolve, "");
    signal?.addEventListener("abort", abort);
    worker.postMessage(file);
  });
}

/** The digest of a large file, made while it is on its way: {sum() -> Promise of digits or "", end()}. */
export function digestBeside(file, signal) {
  const over = new AbortController();
  const end = () => over.abort();
  if (signal?.aborted) end();
  signal?.addEventListener("abort", end, { once: true });
  const made = digestOf(file, { signal: over.signal }).catch(() => "");
  return { sum: () => made, end };
}

/** Rejects with Refusal where a file was changed or taken away, which looks like a line that is cut. */
export async function requireReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new Refusal("", { reason: "changed" });
  }
}

/** What is remembered of files that are on their way, so that a closed tab loses nothing. */
export const memory = {
  key: (file, institution) => `upload ${institution} ${file.name} ${file.size} ${file.lastModified}`,
  find(key) {
    try {
      const kept = JSON.parse(localStorage.getItem(key) ?? "null");
      if (kept && new Date(kept.expires) < new Date()) return this.forget(key);
      return kept;
    } catch {
      return null;
    }
  },
  keep(key, what) {
    try {
      localStorage.setItem(key, JSON.stringify(what));
    } catch {
      /* Full or forbidden: the file is sent all the same, and begun anew after a closed tab. */
    }
  },
  forget(key) {
    try {
      localStorage.removeItem(key);
    } catch {
      /* Nothing is remembered anyway. */
    }
    return null;
  },
  all() {
    try {
      return Object.keys(localStorage)
        .filter((key) => key.startsWith("upload "))
        .map((key) => [key, this.find(key)])
        .filter(([, kept]) => kept);
    } catch {
      return [];
    }
  },
};

/* Sending one file, whichever way it goes: `await sendFile(file, {institution, ...})`. */

import * as parts from "./parts.js";
import { Refusal, ask, digestOf, memory, persist } from "./transfer.js";
import * as tus from "./tus.js";

const WAYS = { server: tus, parts };

let asked = null;

/** What the server takes, and which way: {way, largest, digest_most}. Asked once. */
export function configuration() {
  asked ??= ask("GET", "/uploads").then(({ json }) => json).catch((error) => {
    asked = null;
    throw error;
  });
  return asked;
}

/**
 * Send a file; resolves with the upload ({uuid, state, ...}) when all of it is there.
 *
 * `stage(name)` is told "looking", "sending" or "known"; `progress(bytes)` how much has arrived (or been
 * looked at); `waiting(what, seconds)` what is waited for ("line", "server", "room", "other", "").
 * Rejects with Refusal (`reason`) or AbortError, after which the same file goes on where it was.
 */
export async function sendFile(file, options) {
  const { institution, signal, stage, progress = () => {}, waiting } = options;
  const told = await persist(configuration, { signal, waiting });
  if (file.size === 0) throw new Refusal("", { reason: "empty" });
  if (file.size > told.largest) {
    throw new Refusal("", { reason: "too-large", facts: { size: file.size, limit: told.largest } });
  }
  const key = memory.key(file, institution);
  let kept = memory.find(key);
  for (let tries = 0; ; tries++) {
    if (!kept) {
      kept = await announce(file, key, told, options);
      if (kept.state) return kept;
    }
    stage?.("sending");
    try {
      await WAYS[kept.way].send(file, kept, { signal, progress, waiting });
      break;
    } catch (error) {
      const gone = error instanceof Refusal && [404, 410].includes(error.status);
      if (!gone || tries > 1) throw error;
      kept = memory.forget(key); // swept meanwhile: begin anew
    }
  }
  memory.forget(key);
  const { json } = await persist(() => ask("GET", `/uploads/${kept.uuid}`, { signal }), { signal, waiting });
  return json;
}

async function announce(file, key, told, { institution, signal, stage, progress, waiting }) {
  let sha256 = "";
  if (file.size <= told.digest_most) {
    stage?.("looking");
    sha256 = await digestOf(file, { signal, progress });
    if (sha256) {
      const { json } = await persist(
        () =>
          ask("POST", "/uploads/known", {
            signal,
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ institution, name: file.name, sha256 }),
          }),
        { signal, waiting },
      );
      if (json.known) {
        stage?.("known");
        return json.upload;
      }
    }
  }
  progress?.(0);
  const kept = await WAYS[told.way].begin(file, { institution, sha256, signal, waiting });
  memory.keep(key, { ...kept, name: file.name, size: file.size, institution });
  return kept;
}

/** Give a file up that is on its way. */
export async function giveUp(file, institution) {
  const key = memory.key(file, institution);
  const kept = memory.find(key);
  memory.forget(key);
  if (kept) await ask("DELETE", `/uploads/${kept.uuid}`, { headers: { "Tus-Resumable": "1.0.0" } });
}

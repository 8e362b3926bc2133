/* Files through our own server: tus 1.0.0, in pieces that are checked one by one. */

import { Interruption, Refusal, ask, persist } from "./transfer.js";

const PIECE = 16 * 1024 * 1024;
const VERSION = { "Tus-Resumable": "1.0.0" };

/** Announce a file; returns what is remembered of it. */
export async function begin(file, { institution, sha256, signal, waiting }) {
  const told = { institution, filename: file.name, filetype: file.type };
  if (sha256) told.sha256 = sha256;
  const answer = await persist(
    () =>
      ask("POST", "/uploads", {
        signal,
        headers: { ...VERSION, "Upload-Length": file.size, "Upload-Metadata": metadata(told) },
      }),
    { signal, waiting },
  );
  const uuid = answer.header("Location").split("/").pop();
  return { uuid, way: "server", expires: new Date(Date.now() + 7 * 86_400_000).toISOString() };
}

/** Send what is missing. Rejects with Refusal (status 404: it has to be begun anew) or AbortError. */
export async function send(file, kept, { signal, progress, waiting }) {
  const address = `/uploads/${kept.uuid}`;
  let offset = null;
  await persist(
    async () => {
      // After every interruption the server says how far it has got.
      if (offset === null) offset = await askOffset(address, signal);
      progress(offset);
      while (offset < file.size) {
        const piece = file.slice(offset, offset + PIECE);
        const start = offset;
        offset = null;
        offset = await sendPiece(address, piece, start, { signal, progress });
        progress(offset);
      }
    },
    { signal, waiting },
  );
}

async function askOffset(address, signal) {
  const { json } = await ask("GET", address, { signal, headers: VERSION });
  // Asked rather than tried: who is still sending when the server hangs up never hears why.
  if (json.room === false) throw new Interruption("room", 20);
  return json.offset;
}

async function sendPiece(address, piece, start, { signal, progress }) {
  const headers = { ...VERSION, "Upload-Offset": start, "Content-Type": "application/offset+octet-stream" };
  const sum = await checksum(piece);
  if (sum) headers["Upload-Checksum"] = sum;
  try {
    const answer = await ask("PATCH", address, {
      signal,
      headers,
      body: piece,
      progress: (sent) => progress(start + sent),
    });
    return Number(answer.header("Upload-Offset"));
  } catch (error) {
    // Somewhere else by now, or damaged on the way: look again.
    if (error instanceof Refusal && [409, 460].includes(error.status)) throw new Interruption("line");
    throw error;
  }
}

async function checksum(piece) {
  if (!globalThis.crypto?.subtle) return "";
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await piece.arrayBuffer()));
  return `sha256 ${btoa(String.fromCharCode(...digest))}`;
}

function metadata(told) {
  const coded = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  return Object.entries(told)
    .filter(([, value]) => value)
    .map(([name, value]) => `${name} ${coded(value)}`)
    .join(",");
}

/* Files through our own server: tus 1.0.0, in pieces of some seconds each; the checksum is of the whole. */

import { Interruption, Refusal, ask, digestBeside, persist, requireReadable } from "./transfer.js";

/* What has come of a piece when the line breaks stays with our server. A proxy that holds pieces back until
   they are whole loses it: no more than these seconds. */
const SECONDS = 8;
const [LEAST, FIRST, MOST] = [64 * 1024, 256 * 1024, 256 * 1024 * 1024];
/* How much larger a piece may be than the one before, which told how fast the line is. */
const GROWTH = 8;
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
  return { uuid, way: "server", sha256, expires: new Date(Date.now() + 7 * 86_400_000).toISOString() };
}

/** Send what is missing. Rejects with Refusal (status 404: it has to be begun anew) or AbortError. */
export async function send(file, kept, { signal, progress, waiting }) {
  const address = `/uploads/${kept.uuid}`;
  const counted = kept.sha256 ? null : digestBeside(file, signal);
  let size = FIRST;
  let offset = null;
  try {
    await persist(
      async () => {
        // After every interruption the server says how far it has got.
        if (offset === null) offset = await askOffset(address, signal);
        progress(offset);
        while (offset < file.size) {
          const start = offset;
          const end = Math.min(file.size, start + size);
          const sum = counted && end === file.size ? await counted.sum() : "";
          const begun = performance.now();
          offset = null;
          try {
            offset = await sendPiece(address, file.slice(start, end), start, { signal, progress, sum });
          } catch (error) {
            size = Math.max(LEAST, Math.floor(size / 2));
            throw error;
          }
          progress(offset);
          const seconds = (performance.now() - begun) / 1000;
          size = Math.min(MOST, size * GROWTH, ((end - start) * SECONDS) / Math.max(seconds, 0.001));
          size = Math.max(LEAST, Math.floor(size));
        }
      },
      { signal, waiting },
    );
  } finally {
    counted?.end();
  }
}

async function askOffset(address, signal) {
  const { json } = await ask("GET", address, { signal, headers: VERSION });
  // Asked rather than tried: who is still sending when the server hangs up never hears why.
  if (json.room === false) throw new Interruption("room", 20);
  return json.offset;
}

async function sendPiece(address, piece, start, { signal, progress, sum }) {
  const headers = { ...VERSION, "Upload-Offset": start, "Content-Type": "application/offset+octet-stream" };
  if (sum) headers["Upload-Whole-Checksum"] = `sha256 ${btoa(String.fromCharCode(...bytesOf(sum)))}`;
  try {
    const answer = await ask("PATCH", address, {
      signal,
      headers,
      body: piece,
      progress: (sent) => progress(start + sent),
    });
    return Number(answer.header("Upload-Offset"));
  } catch (error) {
    if (error instanceof Interruption) await requireReadable(piece);
    if (!(error instanceof Refusal)) throw error;
    // What was begun is another file.
    if (error.status === 409 && error.reason === "checksum") throw new Refusal("", { status: 410 });
    // It is somewhere else by now: look again.
    if (error.status === 409) throw new Interruption("line");
    // Not our server, which would say why: a proxy that takes only smaller pieces.
    if (error.status === 413 && !error.message && piece.size > LEAST) throw new Interruption("server", 1);
    throw error;
  }
}

const bytesOf = (hex) => hex.match(/../g).map((pair) => Number.parseInt(pair, 16));

function metadata(told) {
  const coded = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  return Object.entries(told)
    .filter(([, value]) => value)
    .map(([name, value]) => `${name} ${coded(value)}`)
    .join(",");
}

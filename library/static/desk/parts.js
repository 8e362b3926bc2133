/* Files straight to the object store: signed addresses for parts, several at once, then made one. */

import { Interruption, Refusal, ask, digestBeside, persist, requireReadable } from "./transfer.js";

const AT_ONCE = 3;
const SIGNED_AT_ONCE = 12;

/** Announce a file; returns what is remembered of it. */
export async function begin(file, { institution, sha256, signal, waiting }) {
  const { json } = await persist(
    () =>
      ask("POST", "/uploads/parts", {
        signal,
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ institution, name: file.name, size: file.size, type: file.type, sha256 }),
      }),
    { signal, waiting },
  );
  return { uuid: json.uuid, way: "parts", sha256, expires: json.expires };
}

/** Send what is missing. Rejects with Refusal (status 404: it has to be begun anew) or AbortError. */
export async function send(file, kept, { signal, progress, waiting }) {
  const address = `/uploads/${kept.uuid}/parts`;
  const { json } = await persist(() => ask("GET", address, { signal }), { signal, waiting });
  if (json.state !== "receiving") return progress(file.size);
  const sent = new Map((json.parts ?? []).map(([number, size]) => [number, size]));
  const addresses = new Map();
  const left = [];
  const sizeOf = (number) => Math.min(json.part_size, file.size - (number - 1) * json.part_size);
  for (let number = 1; number <= json.count; number++) {
    if (sent.get(number) !== sizeOf(number)) {
      sent.delete(number);
      left.push(number);
    }
  }
  const counted = kept.sha256 ? null : digestBeside(file, signal);
  const tell = () => progress([...sent.values()].reduce((sum, size) => sum + size, 0));
  tell();

  let signing = null;
  const addressOf = async (number) => {
    while (!addresses.has(number)) {
      signing ??= (async () => {
        const wanted = [number, ...left.slice(0, SIGNED_AT_ONCE)].join(",");
        const answer = await ask("GET", `${address}?quick&sign=${wanted}`, { signal });
        for (const [key, value] of Object.entries(answer.json.addresses)) addresses.set(Number(key), value);
      })().finally(() => (signing = null));
      await signing;
    }
    return addresses.get(number);
  };

  const sendPart = (number) =>
    persist(
      async () => {
        const start = (number - 1) * json.part_size;
        const body = file.slice(start, start + sizeOf(number));
        try {
          await ask("PUT", await addressOf(number), {
            signal,
            body,
            here: false,
            progress: (bytes) => {
              sent.set(number, bytes);
              tell();
            },
          });
        } catch (error) {
          sent.delete(number);
          tell();
          if (error instanceof Interruption) await requireReadable(body);
          if (error instanceof Refusal && error.reason === "store-403") {
            addresses.delete(number); // it has expired: ask for another
            throw new Interruption("line");
          }
          if (error instanceof Refusal && error.reason === "store-404") {
            throw new Refusal("", { status: 404 });
          }
          if (error instanceof Refusal && error.reason.startsWith("store-")) {
            throw new Interruption("server", 10);
          }
          throw error;
        }
        sent.set(number, body.size);
        tell();
      },
      { signal, waiting },
    );

  const hands = Array.from({ length: AT_ONCE }, async () => {
    for (let number = left.shift(); number !== undefined; number = left.shift()) await sendPart(number);
  });
  try {
    await Promise.all(hands);
    const sha256 = (await counted?.sum()) ?? "";
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ sha256 });
    await persist(() => ask("POST", address, { signal, headers, body }), { signal, waiting });
  } finally {
    counted?.end();
  }
  progress(file.size);
}

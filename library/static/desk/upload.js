/* The page of files: many at once, dropped or chosen; progress, pause, going on; and what becomes of them. */

import { giveUp, sendFile } from "./send.js";
import { ask, memory } from "./transfer.js";

const AT_ONCE = 3;
const box = document.getElementById("send");
const words = JSON.parse(box.dataset.words);
const lang = document.documentElement.lang;
const list = document.getElementById("sending");
const said = document.getElementById("said");
const input = box.querySelector('input[type="file"]');
const choice = box.querySelector('[name="institution"]');
const rows = [];

const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "");
const number = (value, digits = 0) =>
  new Intl.NumberFormat(lang, { maximumFractionDigits: digits }).format(value);
const bytes = (count) => {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  const amount = count / 1000 ** power;
  return new Intl.NumberFormat(lang, {
    style: "unit", unit: units[power], unitDisplay: "short", maximumFractionDigits: amount < 10 && power ? 1 : 0,
  }).format(amount);
};
const time = (seconds) => {
  const [unit, size] = seconds < 90 ? ["second", 1] : seconds < 5400 ? ["minute", 60] : ["hour", 3600];
  return new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "long" }).format(
    Math.max(1, Math.round(seconds / size)),
  );
};

function make(tag, attributes = {}, ...inside) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...inside);
  return made;
}

/* ---------- one file on its way ---------- */
class Row {
  constructor(file, institution) {
    Object.assign(this, { file, institution, state: "waiting", arrived: 0, speed: 0, waits: "" });
    this.bar = make("progress", { max: file.size || 1, value: 0 });
    this.told = make("p", { className: "small soft" });
    this.buttons = make("div", { className: "row" });
    const name = make("p", { className: "name" }, make("bdi", { textContent: file.name }));
    this.bar.setAttribute("aria-label", file.name);
    this.node = make("li", {}, make("div", { className: "stack tight" }, name, this.bar, this.told), this.buttons);
    list.append(this.node);
    this.show();
  }

  async start() {
    this.state = "looking";
    this.stop = new AbortController();
    this.marks = [];
    this.show();
    try {
      const upload = await sendFile(this.file, {
        institution: this.institution,
        signal: this.stop.signal,
        stage: (name) => this.staged(name),
        progress: (count) => this.progress(count),
        waiting: (what) => {
          this.waits = what;
          this.marks = [];
          this.show();
        },
      });
      this.state = this.state === "known" ? "known" : "sent";
      this.arrived = this.file.size;
      this.upload = upload;
      document.dispatchEvent(new CustomEvent("upload-arrived", { detail: upload }));
      refreshList();
    } catch (error) {
      if (error.name === "AbortError") {
        this.state = this.state === "leaving" ? "gone" : "paused";
      } else {
        this.state = "failed";
        this.error = sentence(error);
        this.final = ["empty", "too-large"].includes(error.reason);
      }
    }
    this.waits = "";
    if (this.state === "gone") this.node.remove();
    this.show();
    next();
  }

  staged(name) {
    this.state = name;
    this.marks = [];
    this.show();
  }

  progress(count) {
    this.arrived = count;
    this.waits = "";
    const now = performance.now();
    this.marks.push([now, count]);
    while (this.marks.length > 2 && now - this.marks[0][0] > 8000) this.marks.shift();
    const [first, begun] = this.marks[0];
    this.speed = now - first > 700 ? (1000 * (count - begun)) / (now - first) : 0;
    if (now - (this.shown ?? 0) > 250 || count === this.file.size) this.show();
  }

  sentence() {
    const done = { done: bytes(this.arrived), size: bytes(this.file.size) };
    if (this.waits) return fill(words[`waits-${this.waits}`] ?? words["waits-line"], done);
    if (this.state === "failed") return this.error;
    if (this.state !== "sending" && this.state !== "looking") return fill(words[this.state] ?? "", done);
    if (!(this.speed > 0)) return fill(words[this.state], done);
    const left = time((this.file.size - this.arrived) / this.speed);
    const speed = fill(words["a second"], { amount: bytes(this.speed) });
    return fill(words[`${this.state}-at`], { ...done, speed, left });
  }

  show() {
    this.shown = performance.now();
    this.bar.value = this.arrived;
    this.bar.hidden = ["sent", "known", "failed"].includes(this.state);
    this.told.textContent = this.sentence();
    this.node.dataset.state = this.waits ? "interrupted" : this.state;
    const wanted = {
      waiting: ["leave"], looking: ["pause", "leave"], sending: ["pause", "leave"],
      paused: ["resume", "leave"], failed: this.final ? ["leave"] : ["retry", "leave"],
    }[this.state] ?? [];
    if (this.offered === wanted.join()) return;
    const focused = this.buttons.contains(document.activeElement);
    this.offered = wanted.join();
    this.buttons.replaceChildren(
      ...wanted.map((what) => {
        const button = make("button", { type: "button", className: "button", textContent: words[what] });
        button.setAttribute("aria-label", fill(words[`${what}-file`], { name: this.file.name }));
        button.onclick = () => this[what]();
        return button;
      }),
    );
    if (focused) (this.buttons.firstElementChild ?? input).focus();
    announce();
  }

  pause() { this.stop?.abort(); }

  resume() {
    this.state = "waiting";
    this.show();
    next();
  }

  retry() { this.resume(); }

  leave() {
    const busy = ["looking", "sending"].includes(this.state);
    this.state = "leaving";
    if (busy) this.stop.abort();
    else this.node.remove();
    rows.splice(rows.indexOf(this), 1);
    giveUp(this.file, this.institution).catch(() => {});
    announce();
    input.focus();
  }
}

function sentence(error) {
  const facts = error.facts ?? {};
  const values = { ...facts, detail: error.message };
  for (const name of ["size", "limit", "left"]) {
    if (typeof facts[name] === "number") values[name] = bytes(facts[name]);
  }
  return fill(words[`no-${error.reason}`] ?? words["no-other"], values);
}

/* ---------- all of them ---------- */
function next() {
  const busy = rows.filter((row) => ["looking", "sending"].includes(row.state)).length;
  rows.filter((row) => row.state === "waiting").slice(0, Math.max(0, AT_ONCE - busy)).forEach((row) => row.start());
}

function add(files) {
  for (const file of files) {
    const row = new Row(file, choice.value);
    rows.push(row);
    unfinished.querySelector(`[data-key="${CSS.escape(memory.key(file, choice.value))}"]`)?.remove();
  }
  showUnfinished();
  next();
}

let telling;
function announce() {
  clearTimeout(telling);
  telling = setTimeout(() => {
    const count = (states) => rows.filter((row) => states.includes(row.state)).length;
    said.textContent = rows.length
      ? fill(words.summary, {
          sent: number(count(["sent", "known"])),
          all: number(rows.length),
          failed: number(count(["failed"])),
        })
      : "";
  }, 1000);
}

/* ---------- what was begun before, in a tab that was closed ---------- */
const unfinished = document.getElementById("unfinished");
const unfinishedList = unfinished.querySelector("ul");

for (const [key, kept] of memory.all()) {
  const leave = make("button", { type: "button", className: "button", textContent: words.leave });
  leave.setAttribute("aria-label", fill(words["leave-file"], { name: kept.name }));
  const row = make("li", {}, make("p", {}, make("bdi", { textContent: kept.name }), ` (${bytes(kept.size)})`), leave);
  row.dataset.key = key;
  leave.onclick = () => {
    memory.forget(key);
    row.remove();
    showUnfinished();
    ask("DELETE", `/uploads/${kept.uuid}`, { headers: { "Tus-Resumable": "1.0.0" } }).catch(() => {});
    input.focus();
  };
  unfinishedList.append(row);
}
function showUnfinished() {
  unfinished.hidden = !unfinishedList.children.length;
}
showUnfinished();

/* ---------- choosing and dropping ---------- */
box.querySelector(".without-script").hidden = true;
box.addEventListener("submit", (event) => event.preventDefault());
input.addEventListener("change", () => {
  add([...input.files]);
  input.value = "";
});
let over = 0;
const lit = (change) => {
  over = Math.max(0, over + change);
  box.classList.toggle("over", over > 0);
};
document.addEventListener("dragenter", (event) => {
  if (event.dataTransfer?.types.includes("Files")) lit(1);
});
document.addEventListener("dragleave", (event) => {
  if (event.dataTransfer?.types.includes("Files")) lit(-1);
});
document.addEventListener("dragover", (event) => {
  if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
});
document.addEventListener("drop", async (event) => {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  over = 0;
  lit(0);
  add(await dropped(event.dataTransfer));
});

/** The files that were dropped, those in folders among them. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...transfer.files];
  const found = [];
  const walk = async (entry) => {
    if (entry.isFile) return found.push(await new Promise((done, failed) => entry.file(done, failed)));
    const reader = entry.createReader();
    for (;;) {
      const inside = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (!inside.length) return;
      for (const one of inside) await walk(one);
    }
  };
  for (const entry of entries) await walk(entry);
  return found;
}

window.addEventListener("beforeunload", (event) => {
  if (rows.some((row) => ["looking", "sending", "waiting"].includes(row.state))) event.preventDefault();
});

/* ---------- what the worker does with those that have arrived ---------- */
const files = document.getElementById("files");
let looking;
async function refreshList() {
  clearTimeout(looking);
  try {
    const answer = await fetch(files.dataset.again, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.status);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    const held = document.activeElement?.closest?.("#files [id]")?.id;
    if (fresh.innerHTML !== files.dataset.shown) {
      files.dataset.shown = fresh.innerHTML;
      files.replaceChildren(...fresh.childNodes);
      if (held) document.getElementById(held)?.focus();
    }
  } catch {
    /* Away for a moment: the next look will tell. */
  }
  const busy = files.querySelector("[data-busy]");
  if (busy) looking = setTimeout(refreshList, 2500);
}
if (files.querySelector("[data-busy]")) looking = setTimeout(refreshList, 2500);

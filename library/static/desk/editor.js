/* The editor: the plain forms of a section's paragraphs, made into one place to write. Without this script
   each form saves its own paragraph; with it everything is kept on the device and sent when typing pauses. */

import * as clashes from "./clashes.js";
import { Keeper } from "./keeping.js";
import { apply, held, pasted, put } from "./marking.js";
import { Pictures, WORDLESS } from "./pictures.js";
import { TermLinks } from "./term-links.js";

const editor = document.getElementById("editor");
const settings = JSON.parse(editor.dataset.settings);
const { words, own } = settings;
const blks = document.getElementById("blks");
const standing = document.getElementById("standing");
const toast = document.getElementById("toast");
const see = document.getElementById("see");
const UNDO = 7000;
const grows = CSS.supports("field-sizing", "content");
let current = null;
let dragged = null;

/* ---------- paragraphs ---------- */

const rows = () => [...blks.querySelectorAll(".blk:not([hidden])")];
const row = (block) => blks.querySelector(`.blk[data-block="${CSS.escape(block)}"]`);
const area = (blk) => blk.querySelector("textarea");
const id = (blk) => blk.dataset.block;
const version = (blk) => Number(blk.dataset.version);
const movable = (blk) => blk && blk.dataset.role === "body";

function grow(text) {
  if (grows) return;
  text.style.blockSize = "auto";
  text.style.blockSize = `${text.scrollHeight + 2}px`;
}

function newRow(block) {
  const blk = document.getElementById("blk").content.firstElementChild.cloneNode(true);
  const text = area(blk);
  blk.id = `b-${block}`;
  blk.dataset.block = block;
  blk.querySelector("[name=block]").value = block;
  text.id = `t-${block}`;
  const label = blk.querySelector("label");
  label.htmlFor = text.id;
  label.textContent = words.newParagraph;
  text.value = "";
  shown(blk);
  return blk;
}

function shown(part) {
  for (const one of part.querySelectorAll(".with-script:not([data-off])")) one.hidden = false;
}

/* A picture without words stops the work from being handed in: its paragraph offers to write them. */
function wordless(blk) {
  const button = blk.querySelector("[data-do=describe]");
  if (button) button.hidden = !WORDLESS.test(area(blk).value);
}

function paint(blk, html) {
  wordless(blk);
  const place = blk.querySelector(".blk-seen .seen");
  place.innerHTML = html; // our own renderer's, sanitised
  place.classList.remove("away");
}

function kept(blk, told) {
  const text = area(blk);
  blk.dataset.version = told.version;
  blk.querySelector("[name=version]").value = told.version;
  text.defaultValue = told.source;
  if (!keeper.has(id(blk)) && text.value !== told.source) {
    text.value = told.source;
    grow(text);
  }
  if (text.value === told.source) paint(blk, told.html);
  if (!own) {
    const beside = blk.querySelector(".blk-beside");
    beside.querySelector(".seen").innerHTML = told.besideHtml;
    blk.beside = told.beside;
    blk.classList.toggle("stale", told.stale);
    blk.querySelector(".source-changes").hidden = !told.stale;
    const changes = beside.querySelector(".words");
    if (changes) changes.innerHTML = told.changes;
    blk.querySelector(".confirm").hidden = !told.stale;
    blk.querySelector(".take").hidden = told.source !== "" || !told.beside;
  }
}

function focusOn(blk, at = null) {
  if (!blk) return;
  const text = area(blk);
  text.focus();
  const place = at === null ? text.value.length : at;
  text.setSelectionRange(place, place);
}

/* ---------- what the server says ---------- */

function answered(change, told) {
  if (change.do === "text" && told.blocks.length > 1) divided(change, told);
  for (const one of told.blocks) {
    const blk = row(one.uuid);
    if (blk) kept(blk, one);
  }
  if (told.order) inOrder(told.order);
}

/* The text of one paragraph came back as several: put the cursor where it was, and keep what was typed since. */
function divided(change, told) {
  const blk = row(change.block);
  if (!blk) return;
  const text = area(blk);
  const now = text.value;
  const cursor = text.selectionStart;
  const byId = new Map(told.blocks.map((one) => [one.uuid, one]));
  const order = told.order.filter((uuid) => byId.has(uuid));
  let at = 0;
  const parts = order.map((uuid) => {
    const source = byId.get(uuid).source;
    const start = Math.max(at, change.source.indexOf(source, at));
    at = start + source.length;
    return { uuid, source, start };
  });
  let before = 0;
  while (before < now.length && before < change.source.length && now[before] === change.source[before]) before++;
  let last = parts.length - 1;
  let extra = null;
  if (now !== change.source) {
    last = parts.findLastIndex((part) => part.start <= before);
    extra = now.slice(parts[last].start);
  }
  let after = blk;
  const focused = document.activeElement === text;
  for (const [n, part] of parts.entries()) {
    const here = n === 0 ? blk : row(part.uuid) || newRow(part.uuid);
    if (n) after.after(here);
    after = here;
    here.dataset.version = byId.get(part.uuid).version;
    area(here).value = part.source;
    if (n > last) {
      here.remove();
      keeper.push({ do: "remove", block: part.uuid });
    }
    grow(area(here));
  }
  keeper.changes = keeper.changes.filter((one) => one.block !== change.block || one.do !== "text");
  if (extra !== null) {
    const here = row(parts[last].uuid);
    area(here).value = extra;
    write(area(here));
  }
  if (focused) {
    const n = Math.min(last, parts.findLastIndex((part) => part.start <= cursor));
    focusOn(row(parts[n].uuid), cursor - parts[n].start);
  }
}

function inOrder(order) {
  const strange = order.some((uuid) => !row(uuid) && !keeper.has(uuid));
  const gone = [...blks.children].some((blk) => !order.includes(id(blk)) && !keeper.has(id(blk)));
  if (strange || gone) keeper.token();
  else arrange(order);
}

/* What the server does not know yet stays behind what it stood behind. */
function arrange(order) {
  if (keeper.changes.some((one) => one.do === "move")) return;
  const focus = document.activeElement;
  const place = focus && focus.selectionStart;
  let last = null;
  for (const uuid of order) {
    const blk = row(uuid);
    if (!blk) continue;
    let behind = last;
    while (behind && behind.nextElementSibling && !order.includes(id(behind.nextElementSibling))) {
      behind = behind.nextElementSibling;
    }
    const right = behind ? behind.nextElementSibling === blk : blks.firstElementChild === blk;
    if (!right) behind ? behind.after(blk) : blks.prepend(blk);
    last = blk;
  }
  if (focus && focus !== document.activeElement && document.contains(focus)) {
    focus.focus();
    if (focus.setSelectionRange && typeof place === "number") focus.setSelectionRange(place, place);
  }
}

/* Everything as it stands at the server; what is still to be sent is left as it is here. */
function fresh(told) {
  const order = told.blocks.map((one) => one.uuid);
  for (const blk of [...blks.children]) {
    if (!order.includes(id(blk)) && !keeper.has(id(blk))) blk.remove();
  }
  let last = null;
  for (const one of told.blocks) {
    let blk = row(one.uuid);
    if (!blk) {
      blk = newRow(one.uuid);
      blk.dataset.role = one.role;
      last ? last.after(blk) : blks.prepend(blk);
      area(blk).value = one.source;
      grow(area(blk));
    }
    if (!keeper.has(one.uuid)) kept(blk, one);
    last = blk;
  }
  arrange(order);
}

function stuck(change, problem) {
  const blk = row(change.block) || lastResort(change);
  const place = blk.querySelector(".clash");
  const text = area(blk);
  const settle = (source) => {
    clashes.hide(place);
    keeper.changes = keeper.changes.filter((one) => one !== change);
    blk.dataset.version = problem.version;
    if (text.value !== source) {
      text.value = source;
      grow(text);
    }
    if (source === problem.source) keeper.keep();
    else keeper.text(change.block, source, problem.version);
    preview(text);
    keeper.soon();
    text.focus();
  };
  if (change.stuck === "clash") {
    const who = problem.editor ? words.clash.replace("%(name)s", problem.editor) : words.clashSomebody;
    const between = own && blk.dataset.role === "body" ? "\n\n" : "\n";
    clashes.show(place, who, {
      theirs: clashes.difference(text.value, problem.source),
      label: words.theirText,
      lang: settings.lang,
      choices: [
        [words.mine, () => settle(text.value)],
        [words.theirs, () => settle(problem.source)],
        [words.both, () => settle(`${problem.source}${between}${text.value}`)],
      ],
    });
  } else if (change.stuck === "gone") {
    const drop = () => {
      keeper.changes = keeper.changes.filter((one) => one.block !== change.block);
      keeper.keep();
      const source = text.value;
      const before = blk.previousElementSibling;
      blk.remove();
      keeper.soon();
      return [source, before];
    };
    const again = () => {
      const [source, before] = drop();
      add(before, source);
    };
    clashes.show(place, words.goneClash, {
      choices: own ? [[words.keepNew, again], [words.letGo, drop]] : [[words.letGo, drop]],
    });
  } else {
    clashes.show(place, `${words.wrong} ${problem.detail || ""}`);
    text.setAttribute("aria-invalid", "true");
  }
}

/* A paragraph that is not on the page any more, for the text that somebody has written in it. */
function lastResort(change) {
  const blk = newRow(change.block);
  area(blk).value = change.source || "";
  blks.append(blk);
  grow(area(blk));
  return blk;
}

function lost(change, problem) {
  say(problem.detail || "");
  keeper.token();
}

/* ---------- how things stand ---------- */

const SAID = {
  saved: "saved",
  saving: "saving",
  kept: "kept",
  keptBusy: "keptBusy",
  notKept: "notKept",
  signIn: "signIn",
  otherPerson: "otherPerson",
  closed: "closed",
  forbidden: "forbidden",
  stuck: "wrong",
};
let stands = "";

function state(kind) {
  if (kind === stands) return;
  stands = kind;
  standing.dataset.kind = kind;
  standing.textContent = kind === "stuck" ? words.leave : words[SAID[kind]];
  const links = { signIn: ["signIn", "signInLink"], otherPerson: ["signIn", "signInLink"], closed: ["review", "closedLink"] };
  if (links[kind] && settings.addresses[links[kind][0]]) {
    const link = document.createElement("a");
    link.href = settings.addresses[links[kind][0]];
    link.target = "_blank";
    link.rel = "opener";
    link.textContent = words[links[kind][1]];
    standing.append(" ", link);
  }
}

let toastTimer = 0;

/* A sentence that goes by itself, with a way back until `change` is on its way. */
function say(sentence, undo = null, change = null) {
  clearTimeout(toastTimer);
  toast.querySelector("span").textContent = sentence;
  const button = toast.querySelector("button");
  button.hidden = !undo;
  button.textContent = words.undo;
  toast.undo = undo;
  toast.change = change;
  toast.hidden = !sentence;
  if (sentence) toastTimer = setTimeout(() => say(""), UNDO);
}

/* What is sent cannot be taken back by not sending it. */
function sent(change) {
  if (toast.change === change) say("");
}

function undo() {
  const does = toast.undo;
  if (!does) return false;
  say("");
  does();
  return true;
}

/* ---------- writing ---------- */

const keeper = new Keeper(
  settings,
  document.querySelector('meta[name="csrf-token"]').content,
  { sent, answer: answered, stuck, lost, state, fresh },
);

function write(text, more = {}) {
  const blk = text.closest(".blk");
  const waiting = keeper.waiting(id(blk));
  if (waiting?.stuck === "clash" || waiting?.stuck === "gone") {
    waiting.source = text.value;
    keeper.keep();
  } else {
    if (waiting?.stuck === "wrong") {
      clashes.hide(blk.querySelector(".clash"));
      text.removeAttribute("aria-invalid");
    }
    keeper.text(id(blk), text.value, version(blk), more);
  }
  grow(text);
  wordless(blk);
  preview(text);
}

const previews = new WeakMap();

function preview(text) {
  if (!see.checked) return;
  const blk = text.closest(".blk");
  const there = previews.get(blk) || { number: 0, timer: 0 };
  clearTimeout(there.timer);
  const number = ++there.number;
  there.timer = setTimeout(async () => {
    const source = text.value;
    if (!source.trim()) return paint(blk, "");
    try {
      const answer = await keeper.ask(settings.addresses.preview, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ source, role: blk.dataset.role }),
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      if (number === there.number) paint(blk, told.html);
    } catch {
      blk.querySelector(".blk-seen .seen").classList.add("away");
    }
  }, 350);
  previews.set(blk, there);
}

function add(behind, source = "", focus = true) {
  const block = crypto.randomUUID ? crypto.randomUUID() : fallbackId();
  const blk = newRow(block);
  while (behind && !movable(behind) && behind.nextElementSibling && !movable(behind.nextElementSibling)) {
    behind = behind.nextElementSibling;
  }
  behind ? behind.after(blk) : blks.append(blk);
  blk.dataset.version = 1;
  area(blk).value = source;
  grow(area(blk));
  keeper.push({ do: "add", block, after: behind ? id(behind) : "", source });
  if (source) preview(area(blk));
  if (focus) focusOn(blk, 0);
  return blk;
}

function fallbackId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function divide(text) {
  const { selectionStart: a, selectionEnd: b, value } = text;
  const tail = value.slice(b).replace(/^\s+/, "");
  text.value = value.slice(0, a).replace(/\s+$/, "");
  write(text);
  add(text.closest(".blk"), tail);
}

function remove(blk) {
  if (!movable(blk)) return;
  const at = rows().indexOf(blk);
  const change = keeper.push({ do: "remove", block: id(blk) }, UNDO);
  blk.hidden = true;
  focusOn(rows()[Math.max(0, at - 1)]);
  say(words.removed, () => {
    keeper.drop(change);
    blk.hidden = false;
    focusOn(blk);
  }, change);
}

function join(blk) {
  const all = rows();
  const before = all[all.indexOf(blk) - 1];
  if (!movable(blk) || !movable(before)) return;
  const [one, two] = [area(before).value, area(blk).value];
  if (!two.trim()) return remove(blk);
  const text = area(before);
  const spaced = !/^(zh|ja|th|km|lo|my)\b/.test(settings.lang);
  const rowsOfOne = /^([-*+|>] ?|\d+\.)/;
  const between = rowsOfOne.test(one) && rowsOfOne.test(two) ? "\n" : one.trim() && spaced ? " " : "";
  const change = keeper.push(
    { do: "join", block: id(before), second: id(blk), version: version(before), secondVersion: version(blk) },
    UNDO,
  );
  text.value = one.trimEnd() + between + two.trimStart();
  grow(text);
  blk.hidden = true;
  preview(text);
  focusOn(before, one.trimEnd().length + between.length);
  say(words.joined, () => {
    keeper.changes = keeper.changes.filter(
      (other) => other !== change && !(other.block === id(before) && other.at >= change.at),
    );
    keeper.keep();
    text.value = one;
    area(blk).value = two;
    blk.hidden = false;
    grow(text);
    preview(text);
    focusOn(blk, 0);
    keeper.soon();
  }, change);
}

function moveBehind(blk, behind) {
  const was = blk.previousElementSibling;
  const focus = document.activeElement;
  behind.after(blk);
  if (focus && blk.contains(focus)) focus.focus();
  const visible = (from) => {
    let at = from;
    while (at && at.hidden) at = at.previousElementSibling;
    return at ? id(at) : "";
  };
  keeper.push({ do: "move", block: id(blk), after: visible(behind) });
  say(words.moved, () => {
    was.after(blk);
    keeper.push({ do: "move", block: id(blk), after: visible(was) });
    focusOn(blk);
  });
}

function step(blk, way) {
  const all = rows();
  const at = all.indexOf(blk);
  if (!movable(blk)) return;
  if (way === "up" && at > 1 && movable(all[at - 1])) moveBehind(blk, all[at - 2]);
  if (way === "down" && at + 1 < all.length) moveBehind(blk, all[at + 1]);
}

/* Markdown that is a paragraph of its own: into this one where it is empty, else behind it. */
function insertBlock(text, markdown) {
  const blk = text.closest(".blk");
  if (!own || (movable(blk) && !text.value.trim())) put(text, markdown);
  else add(blk, markdown);
}

/* ---------- listening ---------- */

blks.addEventListener("input", (event) => {
  if (event.target.matches("textarea")) write(event.target);
});

blks.addEventListener("focusin", (event) => {
  if (event.target.matches("textarea")) current = event.target;
});

blks.addEventListener("submit", (event) => {
  event.preventDefault();
  const blk = event.target;
  const button = event.submitter;
  const does = button && button.value;
  blk.querySelector("details[open]")?.removeAttribute("open");
  if (does === "up" || does === "down") step(blk, does);
  else if (does === "insert") add(blk);
  else if (does === "join") join(blk);
  else if (does === "remove") remove(blk);
  else if (does === "confirm") {
    write(area(blk), { confirm: true });
    keeper.now();
  } else keeper.now();
});

blks.addEventListener("click", (event) => {
  const blk = event.target.closest(".blk");
  if (event.target.dataset?.do === "describe") pictures.describe(area(blk), blk.querySelectorAll(".blk-seen img"));
});

blks.addEventListener("click", (event) => {
  if (event.target.dataset?.do !== "take") return;
  const blk = event.target.closest(".blk");
  const beside = blk.beside ?? blk.dataset.beside ?? "";
  put(area(blk), beside, 0, area(blk).value.length);
  event.target.hidden = true;
});

document.addEventListener("click", (event) => {
  for (const open of blks.querySelectorAll("details.more-do[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

function atEdge(text, up) {
  const { selectionStart: a, selectionEnd: b, value } = text;
  if (a !== b) return false;
  return up ? !value.slice(0, a).includes("\n") && a === 0 : b === value.length;
}

function key(event) {
  const text = event.target;
  const blk = text.closest(".blk");
  const control = event.ctrlKey || event.metaKey;
  if (event.isComposing) return;
  if (event.altKey && event.key === "F10") {
    event.preventDefault();
    tools().find((tool) => tool.tabIndex === 0).focus();
  } else if (control && !event.shiftKey && !event.altKey && { b: 1, i: 1, k: 1 }[event.key.toLowerCase()]) {
    event.preventDefault();
    apply({ b: "bold", i: "italic", k: "link" }[event.key.toLowerCase()], text, words);
  } else if (control && event.key.toLowerCase() === "s") {
    event.preventDefault();
    keeper.now();
  } else if (control && event.key.toLowerCase() === "z" && !event.shiftKey && toast.undo) {
    event.preventDefault();
    undo();
  } else if (own && control && event.key === "Enter") {
    event.preventDefault();
    add(blk);
  } else if (own && control && event.shiftKey && event.key === "Delete") {
    event.preventDefault();
    remove(blk);
  } else if (own && event.altKey && event.shiftKey && /^Arrow(Up|Down)$/.test(event.key)) {
    event.preventDefault();
    step(blk, event.key === "ArrowUp" ? "up" : "down");
  } else if (event.key === "Enter" && blk.dataset.role !== "body") {
    event.preventDefault();
    const after = rows()[rows().indexOf(blk) + 1];
    if (after || !own) focusOn(after, 0);
    else add(blk);
  } else if (own && event.key === "Enter" && !event.shiftKey && !control && !event.altKey) {
    const { selectionStart: a, selectionEnd: b, value } = text;
    if (a === b && value.slice(0, a).endsWith("\n") && value.trim() && !held(text)) {
      event.preventDefault();
      divide(text);
    }
  } else if (own && event.key === "Backspace" && atEdge(text, true) && !control && !event.altKey) {
    const before = rows()[rows().indexOf(blk) - 1];
    if (movable(blk) && (movable(before) || !text.value)) {
      event.preventDefault();
      text.value ? join(blk) : remove(blk);
    }
  } else if (event.key === "ArrowUp" && !event.shiftKey && !control && !event.altKey && atEdge(text, true)) {
    event.preventDefault();
    focusOn(rows()[rows().indexOf(blk) - 1]);
  } else if (event.key === "ArrowDown" && !event.shiftKey && !control && !event.altKey && atEdge(text, false)) {
    event.preventDefault();
    focusOn(rows()[rows().indexOf(blk) + 1], 0);
  }
}

blks.addEventListener("keydown", (event) => {
  if (event.target.matches("textarea")) key(event);
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches?.("input, textarea");
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !typing && undo()) event.preventDefault();
});

blks.addEventListener("paste", (event) => {
  const text = event.target;
  const files = [...(event.clipboardData?.files || [])].filter((file) => file.type.startsWith("image/"));
  if (files.length && settings.mayUpload) {
    event.preventDefault();
    pictures.take(files, text);
    return;
  }
  const table = pasted(event.clipboardData);
  if (table) {
    event.preventDefault();
    insertBlock(text, table);
  }
});

/* ---------- drag: pictures in, paragraphs to another place ---------- */

blks.addEventListener("dragstart", (event) => {
  if (!event.target.matches?.(".grip")) return;
  dragged = event.target.closest(".blk");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("application/x-paragraph", id(dragged));
  event.dataTransfer.setDragImage(dragged, 0, 0);
});

blks.addEventListener("dragend", () => {
  dragged = null;
  mark(null);
});

function mark(blk) {
  for (const one of blks.querySelectorAll(".drop-after")) one.classList.remove("drop-after");
  if (blk) blk.classList.add("drop-after");
}

/* The paragraph that what is dropped here comes behind. */
function target(event) {
  const over = event.target.closest?.(".blk") || rows().at(-1);
  if (!over) return null;
  const box = over.getBoundingClientRect();
  const upper = event.clientY < box.top + box.height / 2;
  const all = rows();
  const at = all.indexOf(over) - (upper ? 1 : 0);
  let behind = all[Math.max(0, at)];
  while (!movable(behind) && behind.nextElementSibling && !movable(behind.nextElementSibling)) {
    behind = behind.nextElementSibling;
  }
  return behind;
}

blks.addEventListener("dragover", (event) => {
  const files = event.dataTransfer.types.includes("Files");
  if (!dragged && !files) return;
  event.preventDefault();
  mark(target(event));
});

blks.addEventListener("drop", (event) => {
  const behind = target(event);
  mark(null);
  if (dragged) {
    event.preventDefault();
    if (behind && behind !== dragged && behind.nextElementSibling !== dragged) moveBehind(dragged, behind);
    dragged = null;
  } else if (event.dataTransfer.files.length) {
    event.preventDefault();
    const over = event.target.closest?.(".blk") || behind;
    if (settings.mayUpload && over) pictures.take([...event.dataTransfer.files], area(over));
  }
});

/* A file dropped beside the paragraphs must not take the page's place. */
for (const name of ["dragover", "drop"]) {
  addEventListener(name, (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
}

/* ---------- toolbar ---------- */

const bar = editor.querySelector(".tools");
const tools = () => [...bar.querySelectorAll(".tool:not([hidden])")];

const pictures = new Pictures(settings, () => keeper.csrf, insertBlock, say);
const termLinks = new TermLinks(settings, (address) => keeper.ask(address));

async function use(name) {
  const text = current || area(rows().at(-1));
  if (name === "picture") pictures.choose(text);
  else if (name === "term") {
    const { selectionStart: a, selectionEnd: b } = text;
    const chosen = await termLinks.choose(text.value.slice(a, b));
    text.focus();
    if (chosen) put(text, `[${text.value.slice(a, b) || chosen[0]}](${chosen[1]})`, a, b);
  } else if (name === "table" && text.value.trim() && own) {
    const made = add(text.closest(".blk"), "");
    apply(name, area(made), words);
  } else apply(name, text, words);
}

bar.addEventListener("mousedown", (event) => event.preventDefault());
bar.addEventListener("click", (event) => {
  const tool = event.target.closest(".tool");
  if (tool) use(tool.dataset.tool);
});
bar.addEventListener("keydown", (event) => {
  const all = tools();
  const at = all.indexOf(event.target.closest(".tool"));
  const rtl = document.documentElement.dir === "rtl";
  const steps = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1 };
  let to = -1;
  if (event.key in steps) to = (at + steps[event.key] + all.length) % all.length;
  if (event.key === "Home") to = 0;
  if (event.key === "End") to = all.length - 1;
  if (event.key === "Escape" && current) current.focus();
  if (to < 0) return;
  event.preventDefault();
  for (const tool of all) tool.tabIndex = -1;
  all[to].tabIndex = 0;
  all[to].focus();
});

toast.querySelector("button").addEventListener("click", undo);
see.addEventListener("change", () => {
  editor.classList.toggle("unseen", !see.checked);
  try {
    localStorage.setItem("desk.see", see.checked ? "1" : "");
  } catch {
    /* Then it is asked again next time. */
  }
  if (see.checked) for (const blk of rows()) preview(area(blk));
});
document.getElementById("add-last")?.addEventListener("click", () => add(rows().at(-1)));

/* ---------- beginning ---------- */

document.documentElement.classList.add("scripted");
shown(document);
tools()[0].tabIndex = 0;
if (!settings.mayUpload) bar.querySelector("[data-tool=picture]").hidden = true;
try {
  if (localStorage.getItem("desk.see") === "") see.checked = false;
} catch {
  /* The preview is shown. */
}
editor.classList.toggle("unseen", !see.checked);
for (const text of blks.querySelectorAll("textarea")) grow(text);
for (const blk of rows()) wordless(blk);

/* What was left unsent is put back as it was, then sent. */
function restore(changes) {
  for (const one of changes) {
    let blk = row(one.block);
    if (one.do === "add" && !blk) {
      blk = newRow(one.block);
      const behind = row(one.after);
      behind ? behind.after(blk) : blks.append(blk);
      blk.dataset.version = 1;
      area(blk).value = one.source;
    } else if (one.do === "text" && blk) area(blk).value = one.source;
    else if (one.do === "text") lastResort(one);
    else if (one.do === "remove" && blk) blk.hidden = true;
    else if (one.do === "move" && blk && row(one.after)) row(one.after).after(blk);
    else if (one.do === "join" && row(one.second)) row(one.second).hidden = true;
    if (blk) grow(area(blk));
    if (blk && one.do === "text") preview(area(blk));
  }
}

keeper.left().then((changes) => {
  if (changes.length) {
    restore(changes);
    say(words.restored);
  }
  keeper.soon();
  editor.dataset.ready = "yes";
});

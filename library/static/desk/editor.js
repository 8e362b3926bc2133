/* The editor: the plain forms of a section's paragraphs, made into one place to write. Without this script
   each form saves its own paragraph; with it everything is kept on the device and sent when typing pauses. */

import { Answers } from "./answers.js";
import { Keeper } from "./keeping.js";
import { apply, held, pasted, put } from "./marking.js";
import {
  area, blks, editor, focusOn, grow, id, lastResort, movable, newRow, row, rows, settings, shown, wordless,
} from "./paragraphs.js";
import { Pictures } from "./pictures.js";
import { TermLinks } from "./term-links.js";
import { UNDO, Writing } from "./writing.js";

const { words, own } = settings;
const standing = document.getElementById("standing");
const toast = document.getElementById("toast");
const see = document.getElementById("see");
let current = null;
let dragged = null;

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

const keeper = new Keeper(settings, document.querySelector('meta[name="csrf-token"]').content, {
  sent,
  state,
  answer: (change, told) => answers.answered(change, told),
  stuck: (change, problem) => answers.stuck(change, problem),
  lost: (change, problem) => answers.lost(change, problem),
  fresh: (told) => answers.fresh(told),
});
const writing = new Writing(keeper, say);
const answers = new Answers(keeper, writing, say);

/* ---------- listening ---------- */

blks.addEventListener("input", (event) => {
  if (event.target.matches("textarea")) writing.write(event.target);
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
  if (does === "up" || does === "down") writing.step(blk, does);
  else if (does === "insert") writing.add(blk);
  else if (does === "join") writing.join(blk);
  else if (does === "remove") writing.remove(blk);
  else if (does === "confirm") {
    writing.write(area(blk), { confirm: true });
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
    writing.add(blk);
  } else if (own && control && event.shiftKey && event.key === "Delete") {
    event.preventDefault();
    writing.remove(blk);
  } else if (own && event.altKey && event.shiftKey && /^Arrow(Up|Down)$/.test(event.key)) {
    event.preventDefault();
    writing.step(blk, event.key === "ArrowUp" ? "up" : "down");
  } else if (event.key === "Enter" && blk.dataset.role !== "body") {
    event.preventDefault();
    const after = rows()[rows().indexOf(blk) + 1];
    if (after || !own) focusOn(after, 0);
    else writing.add(blk);
  } else if (own && event.key === "Enter" && !event.shiftKey && !control && !event.altKey) {
    const { selectionStart: a, selectionEnd: b, value } = text;
    if (a === b && value.slice(0, a).endsWith("\n") && value.trim() && !held(text)) {
      event.preventDefault();
      writing.divide(text);
    }
  } else if (own && event.key === "Backspace" && atEdge(text, true) && !control && !event.altKey) {
    const before = rows()[rows().indexOf(blk) - 1];
    if (movable(blk) && (movable(before) || !text.value)) {
      event.preventDefault();
      text.value ? writing.join(blk) : writing.remove(blk);
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
    writing.insertBlock(text, table);
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
    if (behind && behind !== dragged && behind.nextElementSibling !== dragged) writing.moveBehind(dragged, behind);
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

const pictures = new Pictures(settings, () => keeper.csrf, (text, markdown) => writing.insertBlock(text, markdown), say);
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
    const made = writing.add(text.closest(".blk"), "");
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
  if (see.checked) for (const blk of rows()) writing.preview(area(blk));
});
document.getElementById("add-last")?.addEventListener("click", () => writing.add(rows().at(-1)));

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
    if (blk && one.do === "text") writing.preview(area(blk));
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

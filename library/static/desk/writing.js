/* What a writer does with paragraphs: to write, add, divide, join, remove and move them. */

import * as clashes from "./clashes.js";
import { put } from "./marking.js";
import { area, blks, focusOn, grow, id, movable, newRow, paint, rows, settings, version, wordless } from "./paragraphs.js";

export const UNDO = 7000; // ms in which what was done can be taken back
const { words, own } = settings;
const see = document.getElementById("see");
const previews = new WeakMap();

export class Writing {
  /* `say(sentence, undo, change)` tells what was done, with a way back. */
  constructor(keeper, say) {
    this.keeper = keeper;
    this.say = say;
  }

  write(text, more = {}) {
    const blk = text.closest(".blk");
    const waiting = this.keeper.waiting(id(blk));
    if (waiting?.stuck === "clash" || waiting?.stuck === "gone") {
      waiting.source = text.value;
      this.keeper.keep();
    } else {
      if (waiting?.stuck === "wrong") {
        clashes.hide(blk.querySelector(".clash"));
        text.removeAttribute("aria-invalid");
      }
      this.keeper.text(id(blk), text.value, version(blk), more);
    }
    grow(text);
    wordless(blk);
    this.preview(text);
  }

  preview(text) {
    if (!see.checked) return;
    const blk = text.closest(".blk");
    const there = previews.get(blk) || { number: 0, timer: 0 };
    clearTimeout(there.timer);
    const number = ++there.number;
    there.timer = setTimeout(async () => {
      const source = text.value;
      if (!source.trim()) return paint(blk, "");
      try {
        const answer = await this.keeper.ask(settings.addresses.preview, {
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

  add(behind, source = "", focus = true) {
    const block = crypto.randomUUID ? crypto.randomUUID() : fallbackId();
    const blk = newRow(block);
    while (behind && !movable(behind) && behind.nextElementSibling && !movable(behind.nextElementSibling)) {
      behind = behind.nextElementSibling;
    }
    behind ? behind.after(blk) : blks.append(blk);
    blk.dataset.version = 1;
    area(blk).value = source;
    grow(area(blk));
    this.keeper.push({ do: "add", block, after: behind ? id(behind) : "", source });
    if (source) this.preview(area(blk));
    if (focus) focusOn(blk, 0);
    return blk;
  }

  divide(text) {
    const { selectionStart: a, selectionEnd: b, value } = text;
    const tail = value.slice(b).replace(/^\s+/, "");
    text.value = value.slice(0, a).replace(/\s+$/, "");
    this.write(text);
    this.add(text.closest(".blk"), tail);
  }

  remove(blk) {
    if (!movable(blk)) return;
    const at = rows().indexOf(blk);
    const change = this.keeper.push({ do: "remove", block: id(blk) }, UNDO);
    blk.hidden = true;
    focusOn(rows()[Math.max(0, at - 1)]);
    this.say(words.removed, () => {
      this.keeper.drop(change);
      blk.hidden = false;
      focusOn(blk);
    }, change);
  }

  join(blk) {
    const all = rows();
    const before = all[all.indexOf(blk) - 1];
    if (!movable(blk) || !movable(before)) return;
    const [one, two] = [area(before).value, area(blk).value];
    if (!two.trim()) return this.remove(blk);
    const text = area(before);
    const spaced = !/^(zh|ja|th|km|lo|my)\b/.test(settings.lang);
    const rowsOfOne = /^([-*+|>] ?|\d+\.)/;
    const between = rowsOfOne.test(one) && rowsOfOne.test(two) ? "\n" : one.trim() && spaced ? " " : "";
    const change = this.keeper.push(
      { do: "join", block: id(before), second: id(blk), version: version(before), secondVersion: version(blk) },
      UNDO,
    );
    text.value = one.trimEnd() + between + two.trimStart();
    grow(text);
    blk.hidden = true;
    this.preview(text);
    focusOn(before, one.trimEnd().length + between.length);
    this.say(words.joined, () => {
      this.keeper.changes = this.keeper.changes.filter(
        (other) => other !== change && !(other.block === id(before) && other.at >= change.at),
      );
      this.keeper.keep();
      text.value = one;
      area(blk).value = two;
      blk.hidden = false;
      grow(text);
      this.preview(text);
      focusOn(blk, 0);
      this.keeper.soon();
    }, change);
  }

  moveBehind(blk, behind) {
    const was = blk.previousElementSibling;
    const focus = document.activeElement;
    behind.after(blk);
    if (focus && blk.contains(focus)) focus.focus();
    const visible = (from) => {
      let at = from;
      while (at && at.hidden) at = at.previousElementSibling;
      return at ? id(at) : "";
    };
    this.keeper.push({ do: "move", block: id(blk), after: visible(behind) });
    this.say(words.moved, () => {
      was.after(blk);
      this.keeper.push({ do: "move", block: id(blk), after: visible(was) });
      focusOn(blk);
    });
  }

  step(blk, way) {
    const all = rows();
    const at = all.indexOf(blk);
    if (!movable(blk)) return;
    if (way === "up" && at > 1 && movable(all[at - 1])) this.moveBehind(blk, all[at - 2]);
    if (way === "down" && at + 1 < all.length) this.moveBehind(blk, all[at + 1]);
  }

  /* Markdown that is a paragraph of its own: into this one where it is empty, else behind it. */
  insertBlock(text, markdown) {
    const blk = text.closest(".blk");
    if (!own || (movable(blk) && !text.value.trim())) put(text, markdown);
    else this.add(blk, markdown);
  }
}

function fallbackId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

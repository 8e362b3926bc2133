/* The paragraphs of a section as they stand on the page: each a form with its text and how it looks. */

import { WORDLESS } from "./pictures.js";

export const editor = document.getElementById("editor");
export const settings = JSON.parse(editor.dataset.settings);
export const blks = document.getElementById("blks");
const grows = CSS.supports("field-sizing", "content");

export const rows = () => [...blks.querySelectorAll(".blk:not([hidden])")];
export const row = (block) => blks.querySelector(`.blk[data-block="${CSS.escape(block)}"]`);
export const area = (blk) => blk.querySelector("textarea");
export const id = (blk) => blk.dataset.block;
export const version = (blk) => Number(blk.dataset.version);
export const movable = (blk) => blk && blk.dataset.role === "body";

export function grow(text) {
  if (grows) return;
  text.style.blockSize = "auto";
  text.style.blockSize = `${text.scrollHeight + 2}px`;
}

export function newRow(block) {
  const blk = document.getElementById("blk").content.firstElementChild.cloneNode(true);
  const text = area(blk);
  blk.id = `b-${block}`;
  blk.dataset.block = block;
  blk.querySelector("[name=block]").value = block;
  text.id = `t-${block}`;
  const label = blk.querySelector("label");
  label.htmlFor = text.id;
  label.textContent = settings.words.newParagraph;
  text.value = "";
  shown(blk);
  return blk;
}

export function shown(part) {
  for (const one of part.querySelectorAll(".with-script:not([data-off])")) one.hidden = false;
}

/* A picture without words stops the work from being handed in: its paragraph offers to write them. */
export function wordless(blk) {
  const button = blk.querySelector("[data-do=describe]");
  if (button) button.hidden = !WORDLESS.test(area(blk).value);
}

export function paint(blk, html) {
  wordless(blk);
  const place = blk.querySelector(".blk-seen .seen");
  place.innerHTML = html; // our own renderer's, sanitised
  place.classList.remove("away");
}

export function focusOn(blk, at = null) {
  if (!blk) return;
  const text = area(blk);
  text.focus();
  const place = at === null ? text.value.length : at;
  text.setSelectionRange(place, place);
}

/* A paragraph that is not on the page any more, for the text that somebody has written in it. */
export function lastResort(change) {
  const blk = newRow(change.block);
  area(blk).value = change.source || "";
  blks.append(blk);
  grow(area(blk));
  return blk;
}

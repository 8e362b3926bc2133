/* What the server answers, put onto the page: paragraphs as they are kept, their order, and what cannot be kept. */

import * as clashes from "./clashes.js";
import { area, blks, focusOn, grow, id, lastResort, newRow, paint, row, settings } from "./paragraphs.js";

const { words, own } = settings;

export class Answers {
  /* `say(sentence)` tells the writer what is going on. */
  constructor(keeper, writing, say) {
    this.keeper = keeper;
    this.writing = writing;
    this.say = say;
  }

  kept(blk, told) {
    const text = area(blk);
    blk.dataset.version = told.version;
    blk.querySelector("[name=version]").value = told.version;
    text.defaultValue = told.source;
    if (!this.keeper.has(id(blk)) && text.value !== told.source) {
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

  answered(change, told) {
    if (change.do === "text" && told.blocks.length > 1) this.divided(change, told);
    for (const one of told.blocks) {
      const blk = row(one.uuid);
      if (blk) this.kept(blk, one);
    }
    if (told.order) this.inOrder(told.order);
  }

  /* The text of one paragraph came back as several: put the cursor where it was, and keep what was typed since. */
  divided(change, told) {
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
        this.keeper.push({ do: "remove", block: part.uuid });
      }
      grow(area(here));
    }
    this.keeper.changes = this.keeper.changes.filter((one) => one.block !== change.block || one.do !== "text");
    if (extra !== null) {
      const here = row(parts[last].uuid);
      area(here).value = extra;
      this.writing.write(area(here));
    }
    if (focused) {
      const n = Math.min(last, parts.findLastIndex((part) => part.start <= cursor));
      focusOn(row(parts[n].uuid), cursor - parts[n].start);
    }
  }

  inOrder(order) {
    const strange = order.some((uuid) => !row(uuid) && !this.keeper.has(uuid));
    const gone = [...blks.children].some((blk) => !order.includes(id(blk)) && !this.keeper.has(id(blk)));
    if (strange || gone) this.keeper.token();
    else this.arrange(order);
  }

  /* What the server does not know yet stays behind what it stood behind. */
  arrange(order) {
    if (this.keeper.changes.some((one) => one.do === "move")) return;
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
  fresh(told) {
    const order = told.blocks.map((one) => one.uuid);
    for (const blk of [...blks.children]) {
      if (!order.includes(id(blk)) && !this.keeper.has(id(blk))) blk.remove();
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
      if (!this.keeper.has(one.uuid)) this.kept(blk, one);
      last = blk;
    }
    this.arrange(order);
  }

  stuck(change, problem) {
    const blk = row(change.block) || lastResort(change);
    const place = blk.querySelector(".clash");
    const text = area(blk);
    const settle = (source) => {
      clashes.hide(place);
      this.keeper.changes = this.keeper.changes.filter((one) => one !== change);
      blk.dataset.version = problem.version;
      if (text.value !== source) {
        text.value = source;
        grow(text);
      }
      if (source === problem.source) this.keeper.keep();
      else this.keeper.text(change.block, source, problem.version);
      this.writing.preview(text);
      this.keeper.soon();
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
        this.keeper.changes = this.keeper.changes.filter((one) => one.block !== change.block);
        this.keeper.keep();
        const source = text.value;
        const before = blk.previousElementSibling;
        blk.remove();
        this.keeper.soon();
        return [source, before];
      };
      const again = () => {
        const [source, before] = drop();
        this.writing.add(before, source);
      };
      clashes.show(place, words.goneClash, {
        choices: own ? [[words.keepNew, again], [words.letGo, drop]] : [[words.letGo, drop]],
      });
    } else {
      clashes.show(place, `${words.wrong} ${problem.detail || ""}`);
      text.setAttribute("aria-invalid", "true");
    }
  }

  lost(change, problem) {
    this.say(problem.detail || "");
    this.keeper.token();
  }
}

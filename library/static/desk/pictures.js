/* Pictures by paste, by drop and by the toolbar: sent, then asked for what they show. */

import { put } from "./marking.js";

/* A picture of which nothing says what it shows: its address, and its title, which is its caption. */
export const WORDLESS = /!\[\s*\]\(([^)\s]+)((?!\s+"decorative")\s+"[^"]*")?\s*\)/;

const spoken = (words) => words.replace(/\s+/g, " ").replace(/([\\[\]])/g, "\\$1");

export class Pictures {
  /* `insert(area, markdown)` puts it into the text; `say(sentence)` tells what is going on. */
  constructor(settings, token, insert, say) {
    this.settings = settings;
    this.token = token;
    this.insert = insert;
    this.say = say;
    this.dialog = document.getElementById("ask-alt");
    this.field = document.getElementById("picture-file");
    this.field.addEventListener("change", () => {
      const files = [...this.field.files];
      this.field.value = "";
      if (this.area) this.take(files, this.area);
    });
  }

  choose(area) {
    this.area = area;
    this.field.click();
  }

  async take(files, area) {
    const { words, largest } = this.settings;
    for (const file of files) {
      if (!file.type.startsWith("image/")) this.say(words.notPicture);
      else if (file.size > largest) this.say(words.pictureLarge);
      else await this.one(file, area);
    }
  }

  async one(file, area) {
    const { words, addresses, section } = this.settings;
    this.say(words.pictureSending);
    const body = new FormData();
    body.append("file", file, file.name || "image.png");
    body.append("section", section);
    let told;
    try {
      const answer = await fetch(addresses.picture, {
        method: "POST",
        body,
        headers: { "X-CSRF-Token": this.token(), Accept: "application/json" },
      });
      told = await answer.json();
      if (!answer.ok) throw new Error(told.detail || "");
    } catch (error) {
      const why = error instanceof TypeError ? "" : error.message;
      this.say(`${words.pictureFailed} ${why || words.kept}`);
      return;
    }
    this.say("");
    const alt = await this.ask(told.href);
    if (alt === null) return;
    const said = spoken(alt);
    this.insert(area, said ? `![${said}](${told.address})` : `![](${told.address} "decorative")`);
  }

  /* Words for the first picture of a paragraph that has none. One with a caption does not only decorate. */
  async describe(area, shown) {
    const found = WORDLESS.exec(area.value);
    if (!found) return;
    const before = area.value.slice(0, found.index).match(/!\[/g) || [];
    const alt = await this.ask(shown[before.length]?.currentSrc || "", !found[2]);
    if (alt === null) return area.focus();
    const title = found[2] || (alt ? "" : ' "decorative"');
    put(area, `![${spoken(alt)}](${found[1]}${title})`, found.index, found.index + found[0].length);
  }

  /* What the picture shows; empty where it only decorates, null where nobody wants it. */
  ask(href, mayDecorate = true) {
    const dialog = this.dialog;
    const text = dialog.querySelector("textarea");
    const none = dialog.querySelector("input[type=checkbox]");
    dialog.querySelector("img").src = href;
    dialog.querySelector("img").hidden = !href;
    none.closest(".field").hidden = !mayDecorate;
    text.value = "";
    none.checked = false;
    text.required = true;
    none.onchange = () => {
      text.required = !none.checked;
      text.disabled = none.checked;
    };
    text.disabled = false;
    dialog.returnValue = "";
    dialog.showModal();
    text.focus();
    return new Promise((done) => {
      dialog.onclose = () => done(dialog.returnValue === "ok" ? (none.checked ? "" : text.value.trim()) : null);
    });
  }
}

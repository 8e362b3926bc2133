// Comments beside paragraphs. See library/web/desk/comments.py for what a page has to say.
const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

class Comments {
  constructor(address, { on = "", into = "" } = {}) {
    this.address = address;
    // Where paragraphs get a button of their own: what they are, and where in them it goes (the first that is there).
    this.paragraphs = on;
    this.into = into;
    this.told = { may: false, threads: [], words: {} };
    this.panel = null;
  }

  async load() {
    const answer = await fetch(this.address, { headers: { Accept: "application/json" } });
    if (answer.ok) this.told = await answer.json();
  }

  async send(path, fields) {
    const answer = await fetch(this.address + path, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRF-Token": token() },
      body: new URLSearchParams(fields),
    });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error || "");
    this.told = told;
  }

  on(block, lang) {
    return this.told.threads.filter((one) => one.block === block && (!one.lang || !lang || one.lang === lang));
  }

  equip() {
    for (const one of this.paragraphs ? document.querySelectorAll(this.paragraphs) : []) {
      const place = this.into.split(",").map((part) => one.querySelector(part)).find(Boolean);
      const block = one.dataset.block;
      let handle = one.querySelector("[data-comment-block]");
      if (!block || !place) { handle?.remove(); continue; }
      if (!handle) {
        handle = element("button", "tool say-tool");
        handle.type = "button";
        handle.append(element("span", "", "\u275e"), element("span", "vh", this.told.words.comments), element("span", "num"));
        handle.firstChild.setAttribute("aria-hidden", "true");
        handle.title = this.told.words.comments;
        place.append(handle);
      }
      if (handle.dataset.commentBlock !== block) handle.dataset.commentBlock = block;
    }
  }

  mark(root = document) {
    this.equip();
    for (const handle of root.querySelectorAll("[data-comment-block]")) {
      const open = this.on(handle.dataset.commentBlock, handle.dataset.commentLang).filter((one) => one.open).length;
      if (handle.classList.contains("say")) handle.textContent = open || "+";
      const count = handle.querySelector(".num");
      if (count && count.textContent !== String(open || "")) count.textContent = open || "";
      handle.classList.toggle("said", open > 0);
    }
  }

  open(handle) {
    const again = this.panel?.handle === handle;
    this.close();
    if (again) return;
    const panel = element("section", "said-panel");
    panel.handle = handle;
    panel.setAttribute("aria-label", this.told.words.comments);
    handle.setAttribute("aria-expanded", "true");
    if (this.paragraphs) {
      // Beside what is being written, which is left alone.
      panel.classList.add("drawer");
      document.querySelector("main").append(panel);
    } else {
      (handle.closest(".pair") ?? handle.parentElement).after(panel);
    }
    this.panel = panel;
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { this.close(); handle.focus(); }
    });
    this.fill();
    (panel.querySelector("textarea") ?? panel.querySelector("button"))?.focus();
  }

  close() {
    this.panel?.handle.setAttribute("aria-expanded", "false");
    this.panel?.remove();
    this.panel = null;
  }

  fill() {
    const { commentBlock: block, commentLang: lang } = this.panel.handle.dataset;
    const words = this.told.words;
    this.panel.replaceChildren();
    for (const one of this.on(block, lang)) {
      const thread = element("article", one.open ? "thread" : "thread settled");
      for (const said of [one, ...one.answers]) {
        const part = element("div", said === one ? "said" : "said answer");
        const head = element("p", "small");
        head.append(element("strong", "", said.by), " ", element("span", "soft", said.at));
        const text = element("p", "text", said.text);
        text.dir = "auto";
        part.append(head, text);
        thread.append(part);
      }
      if (!one.open) thread.append(element("p", "state ok", words.settled.replace("{name}", one.settled_by)));
      if (this.told.may) {
        const row = element("div", "row");
        row.append(this.button(words.answer, () => this.write(thread, { answers: one.uuid }, words.answer)));
        if (one.open) row.append(this.button(words.settle, () => this.act(`/${one.uuid}/settle`, {})));
        if (one.mine) row.append(this.button(words.take_back, () => this.act(`/${one.uuid}/take-back`, {})));
        thread.append(row);
      }
      this.panel.append(thread);
    }
    if (this.told.may) this.write(this.panel, lang ? { block, lang } : { block }, words.comment);
    const last = element("div", "row");
    last.append(this.button(words.close, () => { const { handle } = this.panel; this.close(); handle.focus(); }));
    this.panel.append(last);
  }

  button(label, act) {
    const made = element("button", "link", label);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  write(where, fields, label) {
    if (where.querySelector(":scope > form")) return where.querySelector(":scope > form textarea").focus();
    const form = element("form", "stack");
    const name = element("label", "", this.told.words.say);
    const area = element("textarea");
    area.name = "text";
    area.rows = 3;
    area.required = true;
    area.maxLength = 5000;
    area.dir = "auto";
    name.append(area);
    const send = element("button", "button", label);
    form.append(name, send);
    // Sent twice, over a bad line, it is still one comment.
    const uuid = crypto.randomUUID?.() ?? "";
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.act("", { ...fields, text: area.value, ...(uuid ? { uuid } : {}) }, form);
    });
    where.append(form);
    if (where !== this.panel) area.focus();
  }

  async act(path, fields, form) {
    try {
      await this.send(path, fields);
    } catch (error) {
      const told = error instanceof TypeError || !error.message ? this.told.words.lost : error.message;
      const where = form ?? this.panel;
      where.querySelector(".error")?.remove();
      const line = element("p", "error", told);
      line.setAttribute("role", "alert");
      where.append(line);
      return;
    }
    this.mark();
    this.fill();
    this.panel.querySelector("textarea")?.focus();
  }
}

/** Show comments for everything on the page that has data-comment-block, and for what `on` selects, which gets
 *  a button in its part `into`. Returns the comments; call mark() after adding more to the page. */
export async function attach(address, options = {}) {
  const comments = new Comments(address, options);
  try {
    await comments.load();
  } catch {
    return comments;
  }
  comments.mark();
  document.addEventListener("click", (event) => {
    const handle = event.target.closest?.("[data-comment-block]");
    if (!handle || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    comments.open(handle);
  });
  return comments;
}

const page = document.querySelector("[data-comments]");
if (page) {
  const { comments, commentOn: on, commentInto: into } = page.dataset;
  attach(comments, { on, into }).then((attached) => {
    if (on) new MutationObserver(() => attached.equip()).observe(page, { childList: true, subtree: true });
  });
}

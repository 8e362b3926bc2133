/* Looking a term up and linking to it: a list under a field, with the keyboard alone if one likes. */

export class TermLinks {
  constructor(settings, ask) {
    this.settings = settings;
    this.ask = ask;
    this.dialog = document.getElementById("ask-term");
    this.field = document.getElementById("term-q");
    this.list = document.getElementById("term-list");
    let timer = 0;
    this.field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.look(), 200);
    });
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option && option.dataset.address) this.take(option);
    });
  }

  /* The link that was chosen as [text, address], or null. */
  choose(selected) {
    this.chosen = null;
    this.field.value = selected;
    this.list.replaceChildren();
    this.dialog.showModal();
    this.field.select();
    if (selected) this.look();
    return new Promise((done) => {
      this.dialog.onclose = () => done(this.chosen);
    });
  }

  async look() {
    const address = new URL(this.settings.addresses.terms, location.href);
    address.searchParams.set("q", this.field.value.trim());
    let terms = [];
    try {
      const answer = await this.ask(address);
      if (answer.ok) terms = (await answer.json()).terms;
    } catch {
      /* Without a network there is nothing to choose from. */
    }
    const rows = terms.map((term, n) => {
      const row = document.createElement("li");
      row.id = `term-${n}`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(n === 0));
      row.dataset.address = term.address;
      const word = Object.assign(document.createElement("bdi"), { textContent: term.text, lang: term.lang });
      const domain = Object.assign(document.createElement("span"), {
        className: "small soft",
        textContent: term.domain,
      });
      row.append(word, " ", domain);
      return row;
    });
    if (!rows.length && this.field.value.trim()) {
      const none = Object.assign(document.createElement("li"), { textContent: this.settings.words.noTerms });
      none.setAttribute("role", "option");
      none.setAttribute("aria-disabled", "true");
      rows.push(none);
    }
    this.list.replaceChildren(...rows);
    this.point(0);
  }

  point(at) {
    const rows = [...this.list.children];
    rows.forEach((row, n) => row.setAttribute("aria-selected", String(n === at)));
    if (rows[at]) this.field.setAttribute("aria-activedescendant", rows[at].id);
    else this.field.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const rows = [...this.list.querySelectorAll("[data-address]")];
    const at = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (rows.length) this.point((at + step + rows.length) % rows.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (rows[at]) this.take(rows[at]);
    }
  }

  take(option) {
    this.chosen = [option.querySelector("bdi").textContent, option.dataset.address];
    this.dialog.close();
  }
}

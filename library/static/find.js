/* Search boxes that complete what is typed: the combobox with a list of the WAI-ARIA practices.
   Without this file they are plain forms. */
"use strict";
(() => {
  const WAIT = 120; // milliseconds without a key before the library is asked
  const connection = navigator.connection;
  if (connection && connection.saveData) return;

  const letters = text => [...text.trim()].length;
  // One letter of an alphabet says nothing; one Chinese character is half a word.
  const enough = text => letters(text) > 1 || /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(text);

  document.querySelectorAll("input[data-suggest]").forEach((box, number) => {
    const { suggest, kinds, list: label, told } = box.dataset;
    const names = JSON.parse(kinds);
    const known = new Map();
    const list = document.createElement("ul");
    const status = document.createElement("span");
    let found = [], active = -1, timer = 0, asking = null;

    list.id = `suggestions-${number}`;
    list.className = "options";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", label);
    status.className = "vh";
    status.setAttribute("role", "status");
    box.closest("form").append(list, status);
    box.autocomplete = "off";
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"],
      ["aria-expanded", "false"], ["aria-controls", list.id]]) box.setAttribute(name, value);

    const close = () => {
      clearTimeout(timer);
      if (asking) asking.abort();
      list.hidden = true;
      box.setAttribute("aria-expanded", "false");
      point(-1);
    };

    const point = at => {
      active = at;
      [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === at)));
      if (at < 0) box.removeAttribute("aria-activedescendant");
      else {
        box.setAttribute("aria-activedescendant", list.children[at].id);
        list.children[at].scrollIntoView({ block: "nearest" });
      }
    };

    const choose = at => {
      const one = found[at];
      close();
      if (!one.url) {
        box.value = one.text;
        box.form.requestSubmit();
        return;
      }
      // The library's address may be another one here, in a classroom say.
      const { pathname, search, hash } = new URL(one.url);
      const saver = new URLSearchParams(location.search).get("saver");
      location.assign(pathname + (search || (saver ? `?saver=${saver}` : "")) + hash);
    };

    const show = suggestions => {
      found = suggestions;
      list.replaceChildren(...found.map((one, n) => {
        const item = document.createElement("li");
        const text = document.createElement("span");
        const about = document.createElement("small");
        item.id = `${list.id}-${n}`;
        item.setAttribute("role", "option");
        text.textContent = one.text;
        text.lang = one.lang;
        about.textContent = one.within || names[one.kind] || "";
        if (one.within) about.lang = one.within_lang;
        text.dir = about.dir = "auto";
        item.append(text, " ", about);
        return item;
      }));
      point(-1);
      list.hidden = !found.length;
      box.setAttribute("aria-expanded", String(found.length > 0));
      status.textContent = found.length ? told.replace("{}", found.length.toLocaleString(document.documentElement.lang)) : "";
    };

    const ask = async () => {
      const text = box.value.trim();
      if (asking) asking.abort();
      if (!enough(text) || text.length > 100) return close();
      if (known.has(text)) return show(known.get(text));
      const mine = asking = new AbortController();
      try {
        const answer = await fetch(`${suggest}&q=${encodeURIComponent(text)}`, { signal: mine.signal });
        if (!answer.ok) return;
        const { suggestions } = await answer.json();
        known.set(text, suggestions);
        if (mine === asking && document.activeElement === box) show(suggestions);
      } catch { /* another key was pressed, or the line is down: the form still works */ }
    };

    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT);
    };

    box.addEventListener("input", event => { if (!event.isComposing) later(); });
    box.addEventListener("compositionend", later);
    box.addEventListener("blur", close);
    box.addEventListener("keydown", event => {
      if (event.isComposing) return;
      const { key, altKey } = event, size = found.length, open = !list.hidden;
      if (key === "ArrowDown" || key === "ArrowUp") {
        event.preventDefault();
        if (!open) { if (key === "ArrowDown") ask(); return; }
        if (altKey) return key === "ArrowUp" ? close() : undefined;
        // Past either end one is back in the box.
        point(key === "ArrowDown" ? (active + 2) % (size + 1) - 1 : (active + size + 1) % (size + 1) - 1);
      } else if (key === "Escape" && open) {
        event.preventDefault();
        close();
      } else if (key === "Enter" && open && active >= 0) {
        event.preventDefault();
        choose(active);
      } else if (open && (key === "Home" || key === "End" || key === "ArrowLeft" || key === "ArrowRight")) {
        point(-1);
      }
    });
    // Pressing must not take the focus away, which would close the list before it is let go.
    list.addEventListener("pointerdown", event => event.preventDefault());
    list.addEventListener("click", event => {
      const at = [...list.children].indexOf(event.target.closest("li"));
      if (at >= 0) choose(at);
    });
  });
})();

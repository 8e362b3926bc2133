/* The contents of a work: sections are moved by drag, by Alt and an arrow, and by the buttons that work
   without this script. The server's page is the truth: after each move it is asked for the tree again. */

const form = document.getElementById("tree");
const said = document.getElementById("tree-said");
const token = document.querySelector('meta[name="csrf-token"]');
const rtl = document.documentElement.dir === "rtl";
const KEYS = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: rtl ? "in" : "out",
  ArrowRight: rtl ? "out" : "in",
};
let busy = false;

function rows() {
  return [...form.querySelectorAll("li[data-section]")];
}

async function refresh(focus) {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-tree]");
  if (!answer.ok || !fresh) throw new Error("no tree");
  form.querySelector("[data-tree]").replaceWith(fresh);
  const places = page.getElementById("f-place");
  const here = document.getElementById("f-place");
  if (places && here) here.replaceWith(places);
  prepare();
  if (focus) (form.querySelector(focus) || form.querySelector("a")).focus();
}

async function move(fields, focus) {
  if (busy) return;
  busy = true;
  form.setAttribute("aria-busy", "true");
  said.textContent = "";
  const body = new URLSearchParams(fields);
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body,
      headers: { "X-CSRF-Token": token.content },
    });
    if (!answer.ok) throw new Error(String(answer.status));
    await refresh(focus);
    said.textContent = said.dataset.moved;
    said.className = "vh";
  } catch {
    said.textContent = said.dataset.failed;
    said.className = "note warn";
  } finally {
    busy = false;
    form.removeAttribute("aria-busy");
  }
}

function step(row, way, focus) {
  const button = row.querySelector(`button[value^="${way}:"]`);
  if (!button || button.getAttribute("aria-disabled") === "true") return;
  move({ move: button.value }, focus || `[value="${button.value}"]`);
}

/* Where a row dropped on another one goes: `parent` and the sibling `after` it. */
function place(dragged, target, how) {
  const all = rows();
  const at = all.indexOf(target);
  const depth = Number(target.dataset.depth);
  const siblingsOf = (parent, level) => {
    const found = [];
    for (let n = all.indexOf(parent) + 1; n < all.length; n++) {
      const there = Number(all[n].dataset.depth);
      if (there < level) break;
      if (there === level && all[n] !== dragged) found.push(all[n]);
    }
    return found;
  };
  if (how === "in") {
    const inside = siblingsOf(target, depth + 1);
    return { parent: target, after: inside[inside.length - 1] };
  }
  let up = at - 1;
  while (up >= 0 && Number(all[up].dataset.depth) !== depth - 1) up--;
  const parent = all[up];
  if (how === "after") return { parent, after: target };
  const beside = siblingsOf(parent, depth);
  return { parent, after: beside[beside.indexOf(target) - 1] };
}

let dragged = null;

function mark(target, how) {
  for (const row of rows()) row.classList.remove("drop-before", "drop-after", "drop-in");
  if (target) target.classList.add(`drop-${how}`);
}

function aim(event) {
  const target = event.target.closest("li[data-section]");
  if (!target || !dragged || target === dragged) return null;
  if (target.classList.contains("root")) return { target, how: "in" };
  const box = target.getBoundingClientRect();
  const indent = rtl ? box.right - event.clientX : event.clientX - box.left;
  if (indent > 96) return { target, how: "in" };
  return { target, how: event.clientY < box.top + box.height / 2 ? "before" : "after" };
}

function prepare() {
  for (const row of form.querySelectorAll("li[data-moves]")) {
    const grip = document.createElement("span");
    grip.className = "grip";
    grip.textContent = "⠿";
    grip.setAttribute("aria-hidden", "true");
    grip.draggable = true;
    row.prepend(grip);
    grip.addEventListener("dragstart", (event) => {
      dragged = row;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", row.dataset.section);
      event.dataTransfer.setDragImage(row, 0, 0);
      row.classList.add("dragged");
    });
    grip.addEventListener("dragend", () => {
      row.classList.remove("dragged");
      dragged = null;
      mark(null);
    });
  }
}

if (form && form.querySelector("[data-moves]")) {
  prepare();
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || button.name !== "move") return;
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    move({ move: button.value }, `[value="${button.value}"]`);
  });
  form.addEventListener("keydown", (event) => {
    const way = event.altKey && !event.ctrlKey && !event.shiftKey && KEYS[event.key];
    const row = way && event.target.closest("li[data-moves]");
    if (!row) return;
    event.preventDefault();
    const on = event.target.matches("a.serif") ? `#${row.id} a.serif` : "";
    step(row, way, on || (event.target.value ? `[value="${event.target.value}"]` : `#${row.id} a`));
  });
  form.addEventListener("dragover", (event) => {
    const found = aim(event);
    if (!found) return;
    event.preventDefault();
    mark(found.target, found.how);
  });
  form.addEventListener("drop", (event) => {
    const found = aim(event);
    if (!found) return;
    event.preventDefault();
    const row = dragged;
    const to = place(row, found.target, found.how);
    mark(null);
    if (to.after === row) return;
    move(
      {
        move: `to:${row.dataset.section}`,
        parent: to.parent.dataset.section,
        after: to.after ? to.after.dataset.section : "",
      },
      `#${row.id} a`,
    );
  });
}

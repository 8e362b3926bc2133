/* Of two who wrote in one paragraph, the second chooses: mine, theirs, both. Nothing is lost on the way. */

const MOST = 400;

function words(text) {
  return text.match(/[\p{L}\p{M}\p{N}]+|\s+|[^\s]/gu) || [];
}

/* Theirs, with what is not in mine marked, and what is only in mine struck out. */
export function difference(mine, theirs) {
  const made = document.createDocumentFragment();
  const a = words(mine);
  const b = words(theirs);
  if (a.length > MOST || b.length > MOST) {
    made.append(theirs);
    return made;
  }
  const length = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      length[i][j] = a[i] === b[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
    }
  }
  const add = (tag, text) => {
    const last = made.lastChild;
    if (last && last.nodeName.toLowerCase() === (tag || "#text")) last.textContent += text;
    else if (tag) made.append(Object.assign(document.createElement(tag), { textContent: text }));
    else made.append(document.createTextNode(text));
  };
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      add("", b[j]);
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && length[i + 1][j] >= length[i][j + 1])) add("del", a[i++]);
    else add("ins", b[j++]);
  }
  return made;
}

function button(label, does, main = false) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = main ? "button main" : "button";
  made.textContent = label;
  made.addEventListener("click", does);
  return made;
}

/* Show a sentence in a paragraph's place for such things, with buttons: [label, what it does]. */
export function show(place, sentence, { theirs = null, label = "", lang = "", choices = [] } = {}) {
  place.replaceChildren();
  place.className = "clash note warn stack";
  place.setAttribute("role", "alert");
  place.hidden = false;
  const said = document.createElement("p");
  const strong = document.createElement("strong");
  strong.textContent = sentence;
  said.append(strong);
  place.append(said);
  if (theirs) {
    const told = document.createElement("p");
    told.className = "small soft";
    told.textContent = label;
    const text = document.createElement("p");
    text.className = "as-typed";
    text.lang = lang;
    text.dir = "auto";
    text.append(theirs);
    place.append(told, text);
  }
  if (choices.length) {
    const row = document.createElement("p");
    row.className = "row";
    row.append(...choices.map(([name, does], n) => button(name, does, n === 0)));
    place.append(row);
  }
}

export function hide(place) {
  place.hidden = true;
  place.replaceChildren();
  place.removeAttribute("role");
}

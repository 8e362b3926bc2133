/* Markdown marks: what the buttons of the toolbar write, and tables out of spreadsheets. */

/* Put text in the place of the selection, so that the browser's own undo takes it back. */
export function put(area, text, from = null, to = null) {
  area.focus();
  if (from !== null) area.setSelectionRange(from, to ?? from);
  if (!document.execCommand("insertText", false, text) && text !== area.value) {
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function around(area, before, after, otherwise) {
  const { selectionStart: a, selectionEnd: b, value } = area;
  const inside = value.slice(a, b);
  const outer = value.slice(a - before.length, a) === before && value.slice(b, b + after.length) === after;
  if (inside && outer) {
    put(area, inside, a - before.length, b + after.length);
    area.setSelectionRange(a - before.length, b - before.length);
    return;
  }
  const said = inside || otherwise;
  put(area, before + said + after);
  area.setSelectionRange(a + before.length, a + before.length + said.length);
}

/* The whole lines that the selection touches. */
function lines(area) {
  const { selectionStart, selectionEnd, value } = area;
  const from = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const end = value.indexOf("\n", selectionEnd);
  return [from, end < 0 ? value.length : end];
}

function each(area, mark, pattern, otherwise) {
  const [from, to] = lines(area);
  const text = area.value.slice(from, to);
  const rows = (text || otherwise).split("\n");
  const marked = rows.every((row) => pattern.test(row));
  const made = rows.map((row, n) => (marked ? row.replace(pattern, "") : mark(n) + row.replace(pattern, "")));
  put(area, made.join("\n"), from, to);
}

export function apply(name, area, words) {
  switch (name) {
    case "bold":
      return around(area, "**", "**", words.bold);
    case "italic":
      return around(area, "*", "*", words.italic);
    case "code":
      return area.value.slice(area.selectionStart, area.selectionEnd).includes("\n")
        ? around(area, "```\n", "\n```", words.code)
        : around(area, "`", "`", words.code);
    case "link": {
      const { selectionStart: a, selectionEnd: b, value } = area;
      const said = value.slice(a, b);
      const address = /^https?:\/\/\S+$/.test(said);
      const text = address ? words.linkText : said || words.linkText;
      put(area, `[${text}](${address ? said : "https://"})`);
      const at = address ? a + 1 : a + text.length + 3;
      return area.setSelectionRange(at, at + (address ? text.length : 8));
    }
    case "heading": {
      const [from, to] = lines(area);
      const row = area.value.slice(from, to);
      const level = (/^(#{2,4}) /.exec(row) || ["", ""])[1].length;
      const bare = row.replace(/^#{1,6} +/, "") || words.heading;
      return put(area, level === 4 ? bare : `${"#".repeat(level ? level + 1 : 2)} ${bare}`, from, to);
    }
    case "list":
      return each(area, () => "- ", /^[-*+] /, words.item);
    case "numbers":
      return each(area, (n) => `${n + 1}. `, /^\d+[.)] /, words.item);
    case "quote":
      return each(area, () => "> ", /^> ?/, words.quotation);
    case "formula":
      return area.value.trim() === ""
        ? around(area, "$$\n", "\n$$", "a^2 + b^2 = c^2")
        : around(area, "$", "$", "x^2");
    case "note": {
      const [from, to] = lines(area);
      const text = area.value.slice(from, to) || words.noteText;
      const made = `!!! warning "${words.noteTitle}"\n${text.split("\n").map((row) => `    ${row}`).join("\n")}`;
      put(area, made, from, to);
      return area.setSelectionRange(from + 13, from + 13 + words.noteTitle.length);
    }
    case "table":
      return put(
        area,
        table([
          [`${words.column} 1`, `${words.column} 2`],
          [words.cell, words.cell],
        ]),
      );
  }
}

function cell(text) {
  return text.replace(/\s*\n\s*/g, "<br>").replace(/\|/g, "\\|").trim();
}

/* Rows of cells as a Markdown table; the first row is its head. */
export function table(rows) {
  const width = Math.max(...rows.map((row) => row.length));
  const full = rows.map((row) => [...row, ...Array(width - row.length).fill("")].map(cell));
  const line = (row) => `| ${row.join(" | ")} |`;
  return [line(full[0]), `|${" --- |".repeat(width)}`, ...full.slice(1).map(line)].join("\n");
}

/* Cells that a spreadsheet has put on the clipboard: tabs between them, quotes around those with lines. */
export function cells(text) {
  const rows = [[""]];
  let quoted = false;
  for (let n = 0; n < text.length; n++) {
    const letter = text[n];
    const row = rows[rows.length - 1];
    const last = row.length - 1;
    if (quoted) {
      if (letter !== '"') row[last] += letter;
      else if (text[n + 1] === '"') row[last] += text[++n];
      else quoted = false;
    } else if (letter === '"' && row[last] === "") quoted = true;
    else if (letter === "\t") row.push("");
    else if (letter === "\n") rows.push([""]);
    else if (letter !== "\r") row[last] += letter;
  }
  while (rows.length && rows[rows.length - 1].join("") === "") rows.pop();
  return rows;
}

/* The table that was pasted, as Markdown; empty for anything else. */
export function pasted(data) {
  const html = data.getData("text/html");
  if (html.includes("<table")) {
    const found = new DOMParser().parseFromString(html, "text/html").querySelectorAll("table");
    if (found.length === 1) {
      const rows = [...found[0].rows].map((row) => [...row.cells].map((one) => one.textContent.trim()));
      const outside = found[0].ownerDocument.body.textContent.trim();
      if (rows.length > 1 && outside.length <= found[0].textContent.trim().length + 20) return table(rows);
    }
  }
  const text = data.getData("text/plain");
  if (!text.includes("\t")) return "";
  const rows = cells(text);
  const width = rows[0]?.length || 0;
  return rows.length > 1 && width > 1 && rows.every((row) => row.length === width) ? table(rows) : "";
}

/* Whether Enter at this place belongs to the paragraph: in code, a formula, a list, a note, a table. */
export function held(area) {
  const before = area.value.slice(0, area.selectionStart);
  if ((before.match(/^ {0,3}(```|~~~|\$\$)/gm) || []).length % 2) return true;
  return /^( {4}|\t|[-*+] |\d+[.)] |!!! |\?\?\? |\||>)/m.test(before.replace(/\n+$/, "").split("\n").pop());
}

"use strict";
// Every table as csv and as xlsx, made here: no server, no network, nothing in the page twice.
(() => {
  const NUMBER = /^−?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d+)?$/;

  // A cell's words; a note under its value comes after a space, links to other pages stay behind.
  const shown = (cell) => {
    const copy = cell.cloneNode(true);
    for (const link of copy.querySelectorAll(".kind:has(a)")) link.remove();
    return [...copy.childNodes].map((part) => part.textContent.trim()).filter(Boolean).join(" ");
  };
  // Only what stands in a column of numbers and is written as one is a number: 00123, 1e5 and 2019-01 stay text.
  const value = (cell) => {
    const text = shown(cell);
    const number = cell.tagName === "TD" && !cell.classList.contains("t") && NUMBER.test(text);
    return number ? Number(text.replace("−", "-").replaceAll(",", "")) : text;
  };
  // Unrounded where the page holds the numbers so, else as shown: rows of numbers, texts, true or false, and null.
  const rows = (table) => {
    const block = table.parentElement.querySelector("script");
    if (block) {
      const plain = JSON.parse(block.textContent);
      return [plain.header, ...plain.rows];
    }
    return [[...table.tHead.rows[0].cells].map(shown), ...[...table.tBodies[0].rows].map((row) => [...row.cells].map(value))];
  };

  const csv = (table) => {
    const field = (item) => {
      if (typeof item === "boolean") return item ? "TRUE" : "FALSE";
      let text = String(item ?? "");
      // A spreadsheet would run a text that begins like a formula.
      if (typeof item === "string" && /^[=+\-@\t\r]/.test(text)) text = "'" + text;
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    return ["\ufeff" + rows(table).map((row) => row.map(field).join(",") + "\r\n").join("")];
  };

  const xlsx = (table) => {
    const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n', open = "http://schemas.openxmlformats.org/";
    const main = `xmlns="${open}spreadsheetml/2006/main"`, kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.";
    const part = (number, type, target) => `<Relationships xmlns="${open}package/2006/relationships"><Relationship Id="rId${number}" ` +
      `Type="${open}officeDocument/2006/relationships/${type}" Target="${target}"/></Relationships>`;
    const letters = (column) => (column < 26 ? "" : letters(Math.floor(column / 26) - 1)) + String.fromCharCode(65 + column % 26);
    // XML knows no control characters, and a cell holds 32,767 characters.
    const safe = (text) => text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "").slice(0, 32767)
      .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\r", "&#13;");
    const cell = (item, where) => {
      if (item === null || item === "") return "";
      if (typeof item === "number") return `<c r="${where}"><v>${item}</v></c>`;
      if (typeof item === "boolean") return `<c r="${where}" t="b"><v>${Number(item)}</v></c>`;
      return `<c r="${where}" t="inlineStr"><is><t xml:space="preserve">${safe(item)}</t></is></c>`;
    };
    const lines = rows(table).map((row, i) => `<row r="${i + 1}">${row.map((item, j) => cell(item, letters(j) + (i + 1))).join("")}</row>`);
    return zip({
      "[Content_Types].xml": `<Types xmlns="${open}package/2006/content-types"><Default Extension="rels" ` +
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
        `<Override PartName="/xl/workbook.xml" ContentType="${kind}sheet.main+xml"/>` +
        `<Override PartName="/xl/worksheets/sheet1.xml" ContentType="${kind}worksheet+xml"/></Types>`,
      "_rels/.rels": part(1, "officeDocument", "xl/workbook.xml"),
      "xl/workbook.xml": `<workbook ${main} xmlns:r="${open}officeDocument/2006/relationships"><sheets>` +
        '<sheet name="table" sheetId="1" r:id="rId1"/></sheets></workbook>',
      "xl/_rels/workbook.xml.rels": part(1, "worksheet", "worksheets/sheet1.xml"),
      "xl/worksheets/sheet1.xml": `<worksheet ${main}><sheetData>${lines.join("")}</sheetData></worksheet>`,
    }, head);
  };

  // A zip archive without compression.
  const CRC = Array.from({length: 256}, (_, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n;
  });
  const crc32 = (bytes) => ~bytes.reduce((crc, byte) => CRC[(crc ^ byte) & 255] ^ (crc >>> 8), -1) >>> 0;
  const zip = (files, head) => {
    const encode = (text) => new TextEncoder().encode(text);
    const little = (...fields) => new Uint8Array(
      fields.flatMap(([size, number]) => Array.from({length: size}, (_, i) => (number >>> (8 * i)) & 255)));
    const whole = [], directory = [];
    let at = 0, listed = 0;
    for (const [name, text] of Object.entries(files)) {
      const path = encode(name), data = encode(head + text), n = data.length;
      // Version 2.0, no flags, stored, 1 January 1980, checksum, size twice, length of the name, nothing extra.
      const about = [[2, 20], [2, 0], [2, 0], [2, 0], [2, 33], [4, crc32(data)], [4, n], [4, n], [2, path.length], [2, 0]];
      whole.push(little([4, 0x04034b50], ...about), path, data);
      directory.push(little([4, 0x02014b50], [2, 20], ...about, [2, 0], [2, 0], [2, 0], [4, 0], [4, at]), path);
      at += 30 + path.length + n;
      listed += 46 + path.length;
    }
    const count = directory.length / 2;
    return [...whole, ...directory, little([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, listed], [4, at], [2, 0])];
  };

  const slug = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
  const save = (parts, type, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(parts, {type}));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };
  const KINDS = {
    csv: [csv, "text/csv;charset=utf-8"],
    xlsx: [xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
  };
  for (const table of document.querySelectorAll(".scroll > table")) {
    const title = table.caption.textContent, line = document.createElement("p");
    line.className = "get";
    for (const [ending, [make, type]] of Object.entries(KINDS)) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = ending;
      button.setAttribute("aria-label", `${ending} of ${title}`);
      const name = `${slug(document.querySelector("h1").textContent)}-${slug(title)}`.slice(0, 120);
      button.addEventListener("click", () => save(make(table), type, `${name}.${ending}`));
      line.append(button);
    }
    table.parentElement.after(line);
  }
})();

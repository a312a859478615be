"use strict";
(() => {
  const find = document.getElementById("find"), shown = document.getElementById("shown");
  // A browser takes seconds to lay out ten thousand rows: of a long list the first are shown until more are asked for.
  const block = document.getElementById("rest"), rest = block ? JSON.parse(block.textContent) : { lists: [], first: Infinity };
  const step = 200, paper = 1000, count = (number) => number.toLocaleString("en");
  const lists = [...document.querySelectorAll("table.list")].map((table, i) => ({
    table, body: table.tBodies[0], section: table.closest("section"), room: rest.first,
    rows: [
      ...[...table.tBodies[0].rows].map((row) => ({ row, text: row.dataset.find, tones: row.dataset.tone })),
      ...(rest.lists[i] ?? []).map((data) => ({ data, text: data[1], tones: data[2] })),
    ],
  }));
  const total = lists.reduce((sum, list) => sum + list.rows.length, 0), buttons = new Map();
  let tone = "";
  const escaped = (text) => text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt()};`);
  const filled = (parts, value) => parts.map((part, i) => (i ? value(i - 1) : "") + part).join("");
  const html = ([shape, ...values]) => filled(rest.shapes[shape], (i) => escaped(values[i]));
  const made = (text) => {
    const sheet = document.createElement("template");
    sheet.innerHTML = text;
    return [...sheet.content.children];
  };
  // The rows of these items, made where that has not been done yet, all in one go.
  const drawn = (items) => {
    const bare = items.filter(({ row }) => !row);
    made(bare.map(({ data }) => html(data)).join("")).forEach((row, i) => { bare[i].row = row; });
    return items.map(({ row }) => row);
  };
  const show = (list, found) => {
    const rows = drawn(found.slice(0, list.room)), stand = list.body.rows;
    list.section.hidden = !found.length;
    if (rows.length && (rows.length !== stand.length || rows.some((row, i) => row !== stand[i])))
      list.body.replaceChildren(...rows);
    if (!list.note) return;
    list.left = found.length - rows.length;
    list.note.hidden = list.foot.hidden = !list.left;
    list.note.textContent = `Showing ${count(rows.length)} of ${count(found.length)}: ${list.note.dataset.order}.`;
    list.more.hidden = list.left <= step;
    list.all.textContent = `Show all ${count(found.length)}`;
  };
  const filter = () => {
    const wanted = find.value.trim().toLowerCase().split(/\s+/);
    let number = 0;
    for (const list of lists) {
      list.found = list.rows.filter(({ text, tones }) =>
        (!tone || tones.split(" ").includes(tone)) && wanted.every((word) => text.includes(word)));
      show(list, list.found);
      number += list.found.length;
    }
    const how = lists.some(({ left }) => left) ? "found" : "shown";
    shown.textContent = tone || find.value.trim() ? `${count(number)} of ${count(total)} ${how}` : "";
  };
  // Other rows are wanted: however many were asked for of those before, of these the first.
  const anew = () => {
    for (const list of lists) list.room = rest.first;
    filter();
  };
  const choose = (wanted) => {
    tone = wanted;
    for (const [name, button] of buttons) button.setAttribute("aria-pressed", String(name === tone));
    anew();
  };
  // Without this script the counts are plain text: only here do they become buttons.
  for (const item of document.querySelectorAll(".counts li[data-tone]")) {
    const button = document.createElement("button"), name = item.dataset.tone;
    button.type = "button";
    button.append(...item.childNodes);
    item.append(button);
    button.addEventListener("click", () => choose(tone === name ? "" : name));
    buttons.set(name, button);
  }
  find.addEventListener("input", anew);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !(tone || find.value)) return;
    find.value = "";
    choose("");
  });
  // Under a long list: buttons that show what is not shown.
  const asked = (list, more) => {
    const before = list.body.rows.length;
    list.room += more;
    show(list, list.found);
    shown.textContent = `${count(list.body.rows.length)} of ${count(list.found.length)} shown`;
    const first = list.body.rows[before].cells[0];  // one goes on reading where the list ended
    first.tabIndex = -1;
    first.focus();
  };
  for (const list of lists) {
    list.note = list.section.querySelector(".cut [data-order]");
    if (!list.note) continue;
    list.foot = document.createElement("p");
    list.foot.className = "more";
    list.section.append(list.foot);
    [list.more, list.all] = [step, Infinity].map((more) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `Show ${more} more`;
      button.addEventListener("click", () => asked(list, more));
      list.foot.append(button);
      return button;
    });
  }
  const number = (text) => parseFloat(text.replace("−", "-").replaceAll(",", "")), order = new Intl.Collator().compare;
  const key = (row, column) => row.children[column].dataset.key ?? row.children[column].textContent.trim();
  // The key of a column in rows that are not made yet: where it stands is looked up once for every shape.
  const keys = (column) => {
    const places = rest.shapes?.map((parts) => {
      const [row] = made(filled(parts, (i) => `\ue000${i}\ue000`));
      return row.children[column] ? key(row, column).split("\ue000") : [];
    });
    return ([shape, ...values]) => places[shape].map((part, i) => (i % 2 ? values[part] : part)).join("").trim();
  };
  for (const list of lists) {
    const heads = [...list.table.querySelectorAll("thead th")];
    heads.forEach((head, column) => head.querySelector("button")?.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const read = keys(column);
      for (const item of list.rows) {
        item.key = item.row ? key(item.row, column) : read(item.data);
        item.value = number(item.key);
      }
      list.rows.sort((a, b) => {
        const [m, n] = [a.value, b.value];
        // What has no number goes last, whichever way.
        if (Number.isNaN(m) !== Number.isNaN(n)) return Number.isNaN(m) ? 1 : -1;
        return (Number.isNaN(m) ? order(a.key, b.key) : m - n) * (down ? -1 : 1);
      });
      if (list.note) list.note.dataset.order = `by ${head.textContent}, ${down ? "descending" : "ascending"}`;
      filter();
    }));
  }
  addEventListener("beforeprint", () => {  // paper has no button; of thousands of rows it says how many there are
    for (const list of lists) {
      list.before = list.room;
      if (list.rows.length <= paper) list.room = Infinity;
    }
    filter();
  });
  addEventListener("afterprint", () => {
    for (const list of lists) list.room = list.before;
    filter();
  });
  choose("");
})();

"use strict";
(() => {
  const find = document.getElementById("find"), shown = document.getElementById("shown");
  // A browser takes seconds to lay out ten thousand rows: of a long list the first are shown until all are asked for.
  const most = 300;
  const lists = [...document.querySelectorAll("table.list")].map((table) => ({
    table, room: most, more: document.createElement("button"),
    rows: [...table.tBodies[0].rows].map((row) => ({ row, text: row.dataset.find, tones: row.dataset.tone.split(" ") })),
  }));
  const total = lists.reduce((sum, list) => sum + list.rows.length, 0), buttons = new Map();
  let tone = "";
  const filter = () => {
    const wanted = find.value.trim().toLowerCase().split(/\s+/);
    let found = 0, cut = false;
    for (const list of lists) {
      let here = 0;
      for (const { row, text, tones } of list.rows) {
        const on = (!tone || tones.includes(tone)) && wanted.every((word) => text.includes(word));
        here += on;
        const hide = !on || here > list.room;
        if (row.hidden !== hide) row.hidden = hide;
      }
      list.table.closest("section").hidden = !here;
      list.more.hidden = here <= list.room;
      list.more.textContent = `Show all ${here}`;
      cut ||= here > list.room;
      found += here;
    }
    shown.textContent = tone || find.value.trim() ? `${found} of ${total} ${cut ? "found" : "shown"}` : "";
  };
  const choose = (wanted) => {
    tone = wanted;
    for (const [name, button] of buttons) button.setAttribute("aria-pressed", String(name === tone));
    filter();
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
  find.addEventListener("input", filter);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !(tone || find.value)) return;
    find.value = "";
    choose("");
  });
  const number = (text) => parseFloat(text.replace("−", "-").replaceAll(",", "")), order = new Intl.Collator().compare;
  for (const list of lists) {
    list.more.type = "button";
    list.table.closest("section").append(list.more);
    list.more.addEventListener("click", () => {
      list.room = Infinity;
      filter();
    });
    const heads = [...list.table.querySelectorAll("thead th")];
    heads.forEach((head, column) => head.querySelector("button")?.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      for (const item of list.rows) {
        const cell = item.row.children[column];
        item.key = cell.dataset.key ?? cell.textContent.trim();
        item.value = number(item.key);
      }
      list.rows.sort((a, b) => {
        const [m, n] = [a.value, b.value];
        // What has no number goes last, whichever way.
        if (Number.isNaN(m) !== Number.isNaN(n)) return Number.isNaN(m) ? 1 : -1;
        return (Number.isNaN(m) ? order(a.key, b.key) : m - n) * (down ? -1 : 1);
      });
      filter();
      list.table.tBodies[0].append(...list.rows.map(({ row }) => row));
    }));
  }
  addEventListener("beforeprint", () => {  // paper has no button
    for (const list of lists) list.room = Infinity;
    filter();
  });
  choose("");
})();

"use strict";
(() => {
  const find = document.getElementById("find"), shown = document.getElementById("shown");
  const rows = [...document.querySelectorAll("tr[data-find]")].map((row) =>
    ({ row, text: row.dataset.find, tones: row.dataset.tone.split(" ") }));
  const sections = [...document.querySelectorAll("main section")], buttons = new Map();
  let tone = "";
  const filter = () => {
    const wanted = find.value.trim().toLowerCase().split(/\s+/);
    let left = 0;
    for (const { row, text, tones } of rows) {
      const on = (!tone || tones.includes(tone)) && wanted.every((word) => text.includes(word));
      if (row.hidden === on) row.hidden = !on;
      left += on;
    }
    for (const section of sections) section.hidden = !section.querySelector("tr[data-find]:not([hidden])");
    shown.textContent = tone || find.value.trim() ? `${left} of ${rows.length} shown` : "";
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
  choose("");
  find.addEventListener("input", filter);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !(tone || find.value)) return;
    find.value = "";
    choose("");
  });
  const number = (text) => parseFloat(text.replace("−", "-").replaceAll(",", ""));
  for (const table of document.querySelectorAll("table.list")) {
    const heads = [...table.querySelectorAll("thead th")];
    heads.forEach((head, column) => head.querySelector("button")?.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const body = table.tBodies[0], order = new Intl.Collator().compare;
      const keyed = [...body.rows].map((row) => {
        const text = row.children[column].dataset.key ?? row.children[column].textContent.trim();
        return { row, text, value: number(text) };
      });
      keyed.sort((a, b) => {
        const [m, n] = [a.value, b.value];
        // What has no number goes last, whichever way.
        if (Number.isNaN(m) !== Number.isNaN(n)) return Number.isNaN(m) ? 1 : -1;
        return (Number.isNaN(m) ? order(a.text, b.text) : m - n) * (down ? -1 : 1);
      });
      body.append(...keyed.map(({ row }) => row));
    }));
  }
})();

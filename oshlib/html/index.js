"use strict";
(() => {
  const find = document.getElementById("find"), rows = [...document.querySelectorAll("tr[data-find]")];
  const shown = document.getElementById("shown");
  const search = () => {
    const wanted = find.value.trim().toLowerCase().split(/\s+/);
    let left = 0;
    for (const row of rows) {
      row.hidden = !wanted.every((word) => row.dataset.find.includes(word));
      left += !row.hidden;
    }
    shown.textContent = find.value ? `${left} of ${rows.length} shown` : "";
  };
  find.addEventListener("input", search);
  for (const table of document.querySelectorAll("table.list")) {
    const heads = [...table.querySelectorAll("thead th")];
    heads.forEach((head, column) => head.querySelector("button")?.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => row.children[column].dataset.key ?? row.children[column].textContent.trim();
      const body = table.tBodies[0];
      const number = (text) => parseFloat(text.replace("−", "-").replaceAll(",", ""));
      [...body.rows].sort((a, b) => {
        const [x, y] = [key(a), key(b)], [m, n] = [number(x), number(y)];
        // What has no number goes last, whichever way.
        if (Number.isNaN(m) !== Number.isNaN(n)) return Number.isNaN(m) ? 1 : -1;
        return (Number.isNaN(m) ? x.localeCompare(y) : m - n) * (down ? -1 : 1);
      }).forEach((row) => body.append(row));
    }));
  }
})();

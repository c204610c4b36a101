// Sorts and chooses the rows of tables marked for it. Without this script a table stays as it was written.
(() => {
  const words = {
    th: { sort: "เรียงตาม", search: "ค้นหา", all: "ทั้งหมด", shown: "แสดง {n} จาก {m} แถว" },
    en: { sort: "Sort by", search: "Search", all: "All", shown: "{n} of {m} rows shown" },
  };
  const number = (text) => {
    const found = /[−-]?[\d,]*\.?\d+/.exec(text);
    return found ? Number(found[0].replace("−", "-").replaceAll(",", "")) : NaN;
  };
  const enhance = (table, place) => {
    const language = table.closest("[lang]").lang, say = words[language];
    const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0], rows = [...body.rows];
    const text = (row, column) => row.cells[column].textContent.trim();
    const by = (column, turn) => (a, b) => {
      const [x, y] = [text(a, column), text(b, column)];
      if (!heads[column].classList.contains("num") && Number.isNaN(number(x) + number(y))) return turn * x.localeCompare(y, language);
      const [m, n] = [number(x), number(y)];
      if (Number.isNaN(m) || Number.isNaN(n)) return Number.isNaN(m) - Number.isNaN(n);
      return turn * (m - n) || turn * (number(x.split("–")[1] ?? "") - number(y.split("–")[1] ?? "")) || 0;
    };
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.title = `${say.sort} ${head.textContent}`;
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        body.append(...[...rows].sort(by(column, up ? 1 : -1)));
      });
    });
    const tools = document.createElement("div"), status = document.createElement("p"), controls = [];
    tools.className = "tools";
    status.setAttribute("role", "status");
    const add = (label, control, keep) => {
      const frame = document.createElement("label");
      frame.append(label + " ", control);
      tools.append(frame);
      controls.push([control, keep]);
      control.addEventListener("input", choose);
    };
    const choose = () => {
      let count = 0;
      rows.forEach((row) => {
        row.hidden = !controls.every(([control, keep]) => !control.value || keep(row, control.value));
        count += !row.hidden;
      });
      status.textContent = say.shown.replace("{n}", count).replace("{m}", rows.length);
    };
    const search = document.createElement("input");
    search.type = "search";
    add(say.search, search, (row, wanted) => row.textContent.toLowerCase().includes(wanted.trim().toLowerCase()));
    heads.forEach((head, column) => {
      if (!head.hasAttribute("data-filter")) return;
      const list = document.createElement("select");
      list.append(new Option(say.all, ""));
      [...new Set(rows.map((row) => text(row, column)))].sort((a, b) => a.localeCompare(b, language)).forEach((value) => list.append(new Option(value, value)));
      add(head.textContent, list, (row, wanted) => text(row, column) === wanted);
    });
    tools.append(status);
    table.closest(".table-frame").before(tools);
    choose();
  };
  document.querySelectorAll("table[data-sortable]").forEach(enhance);
})();

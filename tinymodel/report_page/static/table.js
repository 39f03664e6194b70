// The table of classes: sorted by a click, narrowed by a word, saved as CSV.

function startTable() {
  const heads = [...document.querySelectorAll("#class-table thead th")];
  heads.forEach((head, column) => head.firstElementChild.addEventListener("click", () => sortBy(heads, column)));
  byId("find-class").addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase();
    for (const row of classRows()) row.hidden = !row.cells[0].dataset.value.toLowerCase().includes(wanted);
  });
  byId("export").addEventListener("click", saveTable);
}

const classRows = () => [...document.querySelectorAll("#class-table tbody tr")];

/** The first click on a column shows its lowest first, as the weakest are looked for; the second turns it round. */
function sortBy(heads, column) {
  const falling = heads[column].getAttribute("aria-sort") === "ascending";
  heads.forEach((head, at) => head.setAttribute("aria-sort", at !== column ? "none" : falling ? "descending" : "ascending"));
  const value = (row) => row.cells[column].dataset.value;
  const compare = column === 0 ? (a, b) => value(a).localeCompare(value(b)) : (a, b) => value(a) - value(b);
  const rows = classRows().sort((a, b) => (falling ? -1 : 1) * compare(a, b));
  document.querySelector("#class-table tbody").append(...rows);
}

/** A cell that a spreadsheet program takes neither for a formula nor for two cells. */
function csvCell(value) {
  let text = String(value);
  if (typeof value === "string" && /^\s*[=+\-@\t\r]/.test(text)) text = "'" + text;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function classesAsCsv() {
  const header = ["class", "title", "precision", "recall", "f1", "support", ...(data.former ? ["former_recall"] : [])];
  const lines = data.figures.map((figures, number) => [data.classes[number], data.titles[number], ...figures, ...(data.former ? [data.former[number]] : [])]);
  return [header, ...lines].map((line) => line.map(csvCell).join(",")).join("\n") + "\n";
}

function saveTable() {
  const link = make("a");
  link.href = URL.createObjectURL(new Blob([classesAsCsv()], { type: "text/csv" }));
  link.download = "classes.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

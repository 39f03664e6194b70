// The gallery of mistakes and hits, and its filters.

const AT_ONCE = 48;
let showing = "mistakes";
let found = [];
let shown = 0;

function startGallery() {
  for (const id of ["filter-label", "filter-guess"]) {
    for (const number of data.orders.name) {
      const option = make("option", data.titles[number]);
      option.value = number;
      byId(id).append(option);
    }
    byId(id).addEventListener("change", fillGallery);
  }
  for (const button of document.querySelectorAll("[data-show]")) button.addEventListener("click", () => choose(button.dataset.show));
  byId("more").addEventListener("click", showMore);
  byId("heat")?.addEventListener("change", (event) => setHeat(event.target.checked));
  listen("show-class", ({ label }) => {
    byId("filter-label").value = label;
    byId("filter-guess").value = "";
    choose("mistakes");
    byId("pictures").scrollIntoView();
  });
  fillGallery();
}

function choose(what) {
  showing = what;
  for (const button of document.querySelectorAll("[data-show]")) button.setAttribute("aria-pressed", button.dataset.show === what);
  fillGallery();
}

function fillGallery() {
  const [label, guess] = ["filter-label", "filter-guess"].map((id) => byId(id).value);
  const [first, end] = showing === "mistakes" ? [0, data.mistakes] : [data.mistakes, pictures.label.length];
  found = [];
  for (let rank = first; rank < end; rank++) {
    if ((label === "" || pictures.label[rank] === Number(label)) && (guess === "" || guessOf(rank) === Number(guess))) found.push(rank);
  }
  const words = showing === "mistakes" ? ["mistake", "mistakes"] : ["hit", "hits"];
  byId("gallery-text").textContent = found.length ? count(found.length, ...words) : `No ${words[1]} here.`;
  byId("gallery").replaceChildren();
  shown = 0;
  showMore();
}

function showMore() {
  const next = found.slice(shown, shown + AT_ONCE);
  byId("gallery").append(...next.map(tile));
  shown += next.length;
  byId("more").hidden = shown >= found.length;
}

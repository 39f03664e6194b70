// What every part of the page uses: the data, short words for the document, the colours, light and dark.

const data = JSON.parse(document.getElementById("data").textContent);
const pictures = data.pictures;
const byId = (id) => document.getElementById(id);

/** A new element with text. Text from the data only ever becomes text, never markup. */
function make(tag, text = "", className = "") {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

const count = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)}%`;
const guessOf = (rank) => pictures.guesses[rank * pictures.guesses_each];
const confidenceOf = (rank) => pictures.shares[rank * pictures.guesses_each] / data.parts;

/** The value that a named colour has now, as red, green, blue: a canvas knows no names. */
function ink(name) {
  const probe = byId("matrix");
  const before = probe.style.color;
  probe.style.color = `var(--${name})`;
  const found = getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  probe.style.color = before;
  return found;
}

const themeListeners = [];
const darkSystem = matchMedia("(prefers-color-scheme: dark)");

/** The button at the top goes over what the system prefers; whoever draws by hand draws again. */
function startTheme() {
  byId("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : darkSystem.matches;
    root.dataset.theme = dark ? "light" : "dark";
    themeListeners.forEach((draw) => draw());
  });
  darkSystem.addEventListener("change", () => themeListeners.forEach((draw) => draw()));
}

/** A message to the other parts of the page: `show-cell` {label, guess}, `show-class` {label}. */
const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const listen = (name, act) => document.addEventListener(name, (event) => act(event.detail));

// One picture: cut out of its sprite when it is first seen, with or without its heat map; and the window that shows it large.

const sheets = new Map();
const heatPlace = new Map(data.heat.ranks.map((rank, place) => [rank, place]));
let heatBytes = null;
let heatShown = false;

/** The decoded sprite, once: most visits look at few of them. */
function sheet(number) {
  if (!sheets.has(number)) {
    const image = new Image();
    image.src = "data:image/jpeg;base64," + byId(`sprite-${number}`).textContent;
    sheets.set(number, image.decode().then(() => image));
  }
  return sheets.get(number);
}

/** Draws a picture; with heat in grey, so that no colour of its own is taken for heat. */
async function drawPicture(canvas, rank, withHeat, times = 1) {
  const { side, columns, each } = data.sprites;
  const shown = side * times;
  const image = await sheet(Math.floor(rank / each));
  const place = rank % each;
  canvas.width = canvas.height = shown;
  const context = canvas.getContext("2d");
  context.drawImage(image, (place % columns) * side, Math.floor(place / columns) * side, side, side, 0, 0, shown, shown);
  if (!withHeat || !heatPlace.has(rank)) return;
  context.globalCompositeOperation = "saturation";
  context.fillStyle = "grey";
  context.fillRect(0, 0, shown, shown);
  context.globalCompositeOperation = "source-over";
  context.drawImage(heatPicture(rank), 0, 0, shown, shown);
}

// Red, green, blue and opacity of heat 0, 1/4, 1/2, 3/4 and 1: cold places are shaded, hot ones glow.
const GLOW = [[10, 10, 40, 110], [90, 20, 110, 90], [205, 50, 70, 115], [250, 140, 30, 150], [255, 235, 90, 170]];

/** The colour of a heat from 0 to 1. */
function glow(heat) {
  const place = Math.min(heat * (GLOW.length - 1), GLOW.length - 1.001);
  const [below, above] = [GLOW[Math.floor(place)], GLOW[Math.floor(place) + 1]];
  return below.map((from, channel) => from + (above[channel] - from) * (place % 1));
}

function heatPicture(rank) {
  const side = data.heat.side;
  heatBytes ??= Uint8Array.from(atob(byId("heat-maps").textContent), (letter) => letter.charCodeAt(0));
  const made = document.createElement("canvas");
  made.width = made.height = side;
  const context = made.getContext("2d");
  const pixels = context.createImageData(side, side);
  const start = heatPlace.get(rank) * side * side;
  for (let place = 0; place < side * side; place++) {
    pixels.data.set(glow(heatBytes[start + place] / 255), 4 * place);
  }
  context.putImageData(pixels, 0, 0);
  return made;
}

const LARGE = 384;

/** Outlines what the hottest unit of a picture can see (dashed) and looks at; returns the words for it. */
function outlineFields(canvas, rank) {
  const [y, x] = data.heat.hottest.slice(2 * heatPlace.get(rank), 2 * heatPlace.get(rank) + 2);
  if (!data.field || y < 0) return "";
  const { rf, effective, size, layer } = data.field;
  const scale = canvas.width / size;
  const context = canvas.getContext("2d");
  const outline = ([height, width], dashes) => {
    const box = [x + 0.5 - width / 2, y + 0.5 - height / 2, width, height].map((side) => side * scale);
    for (const [colour, thick] of [["rgb(0 0 0 / 60%)", 5], ["#4cc9f0", 2.5]]) {
      context.strokeStyle = colour;
      context.lineWidth = thick * canvas.width / LARGE;
      context.setLineDash(dashes.map((dash) => dash * canvas.width / LARGE));
      context.strokeRect(...box);
    }
  };
  outline(rf, [10, 7]);
  outline([effective, effective], []);
  const [height, width] = rf;
  const inside = x + 0.5 - width / 2 > 0 || y + 0.5 - height / 2 > 0 || x + 0.5 + width / 2 < size || y + 0.5 + height / 2 < size;
  const seen = inside ? "inside the dashed lines" : "the whole image";
  const sides = height === width ? `${height}` : `${height} x ${width}`;
  return `The hottest unit of ${layer} can see ${seen} (rf ${sides} px) and looks at the square (${effective.toFixed(1)} px).`;
}

// Only tiles in sight are drawn; a gallery may hold hundreds.
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries.filter((one) => one.isIntersecting)) {
    seen.unobserve(entry.target);
    drawPicture(entry.target, Number(entry.target.dataset.rank), heatShown);
  }
}, { rootMargin: "200px" });

/** A button that shows a picture, what it is and what it was taken for; pressed, it opens the window. */
function tile(rank) {
  const button = make("button", "", "tile");
  button.type = "button";
  button.dataset.rank = rank;
  const canvas = make("canvas");
  canvas.dataset.rank = rank;
  const caption = make("span");
  const wrong = pictures.label[rank] !== guessOf(rank);
  caption.append(make("b", data.titles[pictures.label[rank]]));
  caption.append(make("em", `${percent(confidenceOf(rank), 0)}${wrong ? " " + data.titles[guessOf(rank)] : ""}`, wrong ? "wrong" : ""));
  button.append(canvas, caption);
  button.addEventListener("click", () => openDetail(rank));
  seen.observe(canvas);
  return button;
}

function setHeat(shown) {
  heatShown = shown;
  document.querySelectorAll(".tile canvas").forEach((canvas) => seen.observe(canvas));
}

function openDetail(rank) {
  const big = document.querySelector("#detail .big");
  const facts = document.querySelector("#detail .facts");
  const label = pictures.label[rank];
  const times = Math.max(1, Math.ceil(LARGE / data.sprites.side));
  const plain = make("canvas");
  drawPicture(plain, rank, false, times);
  big.replaceChildren(plain);
  if (heatPlace.has(rank)) {
    const heated = make("canvas");
    const words = make("p", "", "caption");
    drawPicture(heated, rank, true, times).then(() => { words.textContent = outlineFields(heated, rank); });
    big.append(heated, words);
  }
  const rows = [make("h3", data.titles[label]), make("p", pictures.name[rank], "file")];
  for (let place = 0; place < pictures.guesses_each; place++) {
    const at = rank * pictures.guesses_each + place;
    rows.push(guessRow(pictures.guesses[at], pictures.shares[at] / data.parts, pictures.guesses[at] === label));
  }
  const among = pictures.guesses.slice(rank * pictures.guesses_each, (rank + 1) * pictures.guesses_each).includes(label);
  if (!among) rows.push(guessRow(label, pictures.own[rank] / data.parts, true));
  facts.replaceChildren(...rows);
  byId("detail").showModal();
}

function guessRow(number, share, own) {
  const row = make("div", "", own ? "guess own" : "guess");
  const meter = make("meter");
  meter.value = share;
  row.append(make("span", data.titles[number] + (own ? " ✓" : "")), make("span", percent(share), "number"), meter);
  return row;
}

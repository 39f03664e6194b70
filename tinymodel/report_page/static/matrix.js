// The confusion matrix on a canvas: one pixel a cell, drawn once an order, then stretched; names and counts where there is room.

const matrix = { view: new View(data.titles.length), order: [], picture: null, pointed: null, chosen: null, frame: 0, longest: 0 };
const NAMES_FROM = 9; // px of a cell, below which names would run into one another
const NAME_HALF = 5; // px between the middle of a name and the edge, so that none reaches over it
const COUNTS_FROM = 20;
const counts = new Map();
const keyOf = (label, guess) => label * data.titles.length + guess;

function startMatrix() {
  data.cells.count.forEach((number, place) => counts.set(keyOf(data.cells.row[place], data.cells.column[place]), number));
  const canvas = byId("matrix");
  const context = canvas.getContext("2d");
  context.font = "13px system-ui, sans-serif";
  matrix.longest = Math.max(...data.titles.map((title) => context.measureText(title).width));
  followPointers(canvas, matrix.view, redraw, { point: pointAt, choose: chooseCell });
  canvas.addEventListener("keydown", moveByKey);
  byId("order").addEventListener("change", setOrder);
  const enlarge = (factor) => {
    const { view } = matrix;
    view.enlarge(factor, view.left + view.width / 2, view.top + view.height / 2);
    redraw();
  };
  byId("zoom-in").addEventListener("click", () => enlarge(1.6));
  byId("zoom-out").addEventListener("click", () => enlarge(1 / 1.6));
  byId("zoom-all").addEventListener("click", () => enlarge(0));
  listen("show-cell", ({ label, guess }) => {
    chooseCell({ row: matrix.order.indexOf(label), column: matrix.order.indexOf(guess) });
    byId("cell-text").scrollIntoView({ block: "center" });
  });
  themeListeners.push(setOrder);
  new ResizeObserver(redraw).observe(canvas);
  setOrder();
}

/** Paints the small picture anew: right answers in one colour, wrong ones in another, by the root of their share of the class. */
function setOrder() {
  const size = data.titles.length;
  const labels = matrix.chosen && { label: matrix.order[matrix.chosen.row], guess: matrix.order[matrix.chosen.column] };
  matrix.order = data.orders[byId("order").value];
  const place = new Array(size);
  matrix.order.forEach((number, at) => { place[number] = at; });
  matrix.chosen = labels && { row: place[labels.label], column: place[labels.guess] };
  const [hit, miss, empty] = [ink("hit"), ink("miss"), ink("raised")];
  matrix.picture = document.createElement("canvas");
  matrix.picture.width = matrix.picture.height = size;
  const context = matrix.picture.getContext("2d");
  const pixels = context.createImageData(size, size);
  for (let at = 0; at < size * size; at++) pixels.data.set([...empty, 255], 4 * at);
  for (const [key, number] of counts) {
    const [label, guess] = [Math.floor(key / size), key % size];
    const strength = 0.12 + 0.88 * Math.sqrt(number / data.figures[label][3]);
    const colour = label === guess ? hit : miss;
    pixels.data.set(colour.map((full, channel) => empty[channel] + (full - empty[channel]) * strength), 4 * (place[label] * size + place[guess]));
  }
  context.putImageData(pixels, 0, 0);
  redraw();
}

/** Draws at the next frame, however many ask. */
function redraw() {
  if (!matrix.frame) matrix.frame = requestAnimationFrame(drawMatrix);
}

function drawMatrix() {
  matrix.frame = 0;
  const canvas = byId("matrix");
  const { view } = matrix;
  const width = canvas.clientWidth;
  const height = Math.ceil(view.fit(width, matrix.longest));
  const dense = devicePixelRatio || 1;
  canvas.style.height = `${height}px`;
  canvas.style.touchAction = view.zoom > 1 ? "none" : "pan-y"; // At first a finger scrolls the page, later the matrix.
  canvas.width = Math.round(width * dense);
  canvas.height = Math.round(height * dense);
  const context = canvas.getContext("2d");
  context.scale(dense, dense);
  context.imageSmoothingEnabled = false;
  context.save();
  context.beginPath();
  context.rect(view.left, view.top, view.width, view.height);
  context.clip();
  context.translate(view.left - view.x, view.top - view.y);
  const whole = view.cell * view.classes;
  context.drawImage(matrix.picture, 0, 0, whole, whole);
  drawGrid(context, whole);
  drawCounts(context);
  frameCell(context, matrix.chosen, 2);
  frameCell(context, matrix.pointed, 1);
  context.restore();
  drawNames(context);
}

/** The first and the last row or column in sight. */
function inSight(start, length) {
  const { view } = matrix;
  return [Math.floor(start / view.cell), Math.min(Math.ceil((start + length) / view.cell), view.classes)];
}

function drawGrid(context, whole) {
  const { cell, classes } = matrix.view;
  if (cell < 6) return;
  context.strokeStyle = `rgb(${ink("sheet")})`;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = 0; at <= classes; at++) {
    context.moveTo(at * cell, 0);
    context.lineTo(at * cell, whole);
    context.moveTo(0, at * cell);
    context.lineTo(whole, at * cell);
  }
  context.stroke();
}

function drawCounts(context) {
  const { view, order } = matrix;
  if (view.cell < COUNTS_FROM) return;
  const [dark, light] = [ink("ink"), ink("sheet")].map((colour) => `rgb(${colour})`);
  context.font = `${Math.min(view.cell * 0.42, 14)}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const [rows, columns] = [inSight(view.y, view.height), inSight(view.x, view.width)];
  for (let row = rows[0]; row < rows[1]; row++) {
    for (let column = columns[0]; column < columns[1]; column++) {
      const number = counts.get(keyOf(order[row], order[column]));
      if (!number) continue;
      context.fillStyle = number / data.figures[order[row]][3] > 0.25 ? light : dark;
      context.fillText(number, (column + 0.5) * view.cell, (row + 0.5) * view.cell);
    }
  }
}

function frameCell(context, at, thickness) {
  if (!at) return;
  const { cell } = matrix.view;
  context.strokeStyle = `rgb(${ink("ink")})`;
  context.lineWidth = thickness;
  context.strokeRect(at.column * cell - thickness / 2, at.row * cell - thickness / 2, cell + thickness, cell + thickness);
}

/** Names of rows and columns; where they have no room, those of the cell under the pointer, or of the chosen one. */
function drawNames(context) {
  const { view, order } = matrix;
  const marked = matrix.pointed ?? matrix.chosen;
  const all = view.cell >= NAMES_FROM;
  context.font = `${Math.min(Math.max(view.cell * 0.7, 10), 13)}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  const [soft, strong] = [ink("soft"), ink("ink")].map((colour) => `rgb(${colour})`);
  context.fillStyle = soft;
  context.textAlign = "right";
  context.fillText("taken for →", view.left - 6, view.top - 26);
  context.fillText("class ↓", view.left - 6, view.top - 10);
  const write = (start, length, at, put) => {
    const [first, end] = inSight(start, length);
    for (let number = first; number < end; number++) {
      if (!all && number !== at) continue;
      context.fillStyle = number === at ? strong : soft;
      const middle = (number + 0.5) * view.cell - start;
      if (middle >= NAME_HALF && middle <= length - NAME_HALF) put(middle, data.titles[order[number]]);
    }
  };
  write(view.y, view.height, marked?.row, (middle, name) => {
    context.textAlign = "right";
    context.fillText(shortened(context, name, view.left - 8), view.left - 6, view.top + middle);
  });
  write(view.x, view.width, marked?.column, (middle, name) => {
    context.save();
    context.translate(view.left + middle, view.top - 6);
    context.rotate(-Math.PI / 2);
    context.textAlign = "left";
    context.fillText(shortened(context, name, view.top - 8), 0, 0);
    context.restore();
  });
}

function shortened(context, name, width) {
  if (context.measureText(name).width <= width) return name;
  let length = name.length;
  while (length > 1 && context.measureText(name.slice(0, length) + "…").width > width) length--;
  return name.slice(0, length) + "…";
}

function pointAt(cell) {
  matrix.pointed = cell;
  sayCell(cell ?? matrix.chosen);
  redraw();
}

function sayCell(cell) {
  if (!cell) return;
  const [label, guess] = [matrix.order[cell.row], matrix.order[cell.column]];
  const number = counts.get(keyOf(label, guess)) ?? 0;
  const whole = data.figures[label][3];
  const share = whole ? ` (${percent(number / whole)} of ${whole.toLocaleString("en")})` : "";
  const what = label === guess ? "recognised" : `taken for ${data.titles[guess]}`;
  byId("cell-text").textContent = `${data.titles[label]} ${what}: ${number.toLocaleString("en")}${share}`;
}

/** Shows the pictures of a cell below the matrix. */
function chooseCell(cell) {
  matrix.chosen = cell;
  matrix.pointed = null;
  matrix.view.reveal(cell.row, cell.column);
  sayCell(cell);
  const [label, guess] = [matrix.order[cell.row], matrix.order[cell.column]];
  const ranks = pictures.label.flatMap((own, rank) => (own === label && guessOf(rank) === guess ? [rank] : []));
  const box = byId("cell-pictures");
  box.replaceChildren(...ranks.map(tile));
  box.hidden = !ranks.length;
  redraw();
}

function moveByKey(event) {
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const from = matrix.pointed ?? matrix.chosen ?? { row: 0, column: 0 };
  if (event.key === "Enter") return chooseCell(from);
  if (!steps[event.key]) return;
  event.preventDefault();
  const [down, right] = steps[event.key];
  const last = matrix.view.classes - 1;
  const next = { row: Math.min(Math.max(from.row + down, 0), last), column: Math.min(Math.max(from.column + right, 0), last) };
  matrix.view.reveal(next.row, next.column);
  pointAt(next);
}

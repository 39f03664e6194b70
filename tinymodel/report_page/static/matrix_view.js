// What part of the confusion matrix is in sight: cells on the screen, and the gestures that move and enlarge them.

/** Size and place of the cells. All in CSS pixels; `left` and `top` are the margins for names. */
class View {
  constructor(classes) {
    this.classes = classes;
    this.zoom = 1;
    this.x = this.y = 0;
  }

  /** Takes the width of the canvas and of the longest name; gives the height that it needs. */
  fit(width, longest) {
    this.left = this.top = Math.min(longest + 14, width < 500 ? 84 : 150);
    this.width = width - this.left;
    this.least = Math.min(this.width / this.classes, 52);
    this.height = Math.min(this.least * this.classes, 900);
    this.width = this.least * this.classes;
    this.hold();
    return this.height + this.top;
  }

  get cell() {
    return this.least * this.zoom;
  }

  /** Enlarges about a point of the canvas. */
  enlarge(factor, x, y) {
    const before = this.cell;
    this.zoom = Math.min(Math.max(this.zoom * factor, 1), Math.max(48 / this.least, 1));
    this.x = (this.x + x - this.left) * (this.cell / before) - (x - this.left);
    this.y = (this.y + y - this.top) * (this.cell / before) - (y - this.top);
    this.hold();
  }

  move(x, y) {
    this.x -= x;
    this.y -= y;
    this.hold();
  }

  /** Keeps the matrix in its window. */
  hold() {
    this.x = Math.min(Math.max(this.x, 0), Math.max(this.cell * this.classes - this.width, 0));
    this.y = Math.min(Math.max(this.y, 0), Math.max(this.cell * this.classes - this.height, 0));
  }

  /** Brings a cell into sight. */
  reveal(row, column) {
    const [x, y] = [column * this.cell, row * this.cell];
    if (x < this.x || x + this.cell > this.x + this.width) this.x = x - this.width / 2;
    if (y < this.y || y + this.cell > this.y + this.height) this.y = y - this.height / 2;
    this.hold();
  }

  /** Row and column at a point of the canvas, or null beside them. */
  at(x, y) {
    if (x < this.left || y < this.top || x > this.left + this.width || y > this.top + this.height) return null;
    const [row, column] = [Math.floor((y - this.top + this.y) / this.cell), Math.floor((x - this.left + this.x) / this.cell)];
    return row < this.classes && column < this.classes ? { row, column } : null;
  }
}

const DRAG_FROM = 5; // px that a finger or mouse may tremble in a click

/** Gestures on the canvas: one pointer moves, two enlarge, a click without moving chooses. */
function followPointers(canvas, view, draw, { point, choose }) {
  const down = new Map();
  let travelled = 0;
  const place = (event) => [event.offsetX, event.offsetY];
  canvas.addEventListener("pointerdown", (event) => {
    down.set(event.pointerId, place(event));
    travelled = down.size > 1 ? Infinity : 0;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = place(event);
    const before = down.get(event.pointerId);
    if (!before) return point(view.at(x, y));
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const apart = (from) => Math.hypot(from[0] - other[0], from[1] - other[1]);
      view.enlarge(apart([x, y]) / Math.max(apart(before), 1), (x + other[0]) / 2, (y + other[1]) / 2);
    } else {
      travelled += Math.hypot(x - before[0], y - before[1]);
      if (travelled > DRAG_FROM) view.move(x - before[0], y - before[1]);
    }
    down.set(event.pointerId, [x, y]);
    draw();
  });
  canvas.addEventListener("pointerup", (event) => {
    down.delete(event.pointerId);
    const cell = view.at(...place(event));
    if (travelled <= DRAG_FROM && cell) choose(cell);
  });
  for (const end of ["pointercancel", "lostpointercapture"]) canvas.addEventListener(end, (event) => down.delete(event.pointerId));
  canvas.addEventListener("pointerleave", () => point(null));
  canvas.addEventListener("wheel", (event) => {
    // Without Ctrl the wheel scrolls the page: a large canvas must not catch the reader.
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    view.enlarge(Math.exp(-event.deltaY / 300), ...place(event));
    draw();
  }, { passive: false });
  canvas.addEventListener("dblclick", (event) => {
    view.enlarge(2.5, ...place(event));
    draw();
  });
}

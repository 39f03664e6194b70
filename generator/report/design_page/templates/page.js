"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const pair = (value) => (Array.isArray(value) ? value : [value, value]);
  const words = (value) => (value === null ? "unknown" : pair(value).map((side) => side.toLocaleString("en-US"))
    .filter((side, index, sides) => index === 0 || side !== sides[0]).join(" x "));
  const find = (name) => document.getElementById(name);
  const set = (name, attributes) => Object.entries(attributes)
    .forEach(([key, value]) => find(name).setAttribute(key, value));

  const root = document.documentElement;
  find("theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });

  document.querySelectorAll("td.wrong").forEach((cell) => { cell.closest(".scroll").scrollLeft = cell.offsetLeft; });

  const slider = find("step");
  if (!slider) return;
  const [imageHeight, imageWidth] = data.image_size;
  let unit = null; // [down, right] of the unit that was picked; null for the one in the middle

  const picked = (size) => size.map((side, axis) => Math.min(side - 1,
    unit === null ? Math.floor((side - 1) / 2) : Math.max(0, Math.round(unit[axis] * side - 0.5))));

  function axisOf(start, jump, index, field) {
    const centre = start + jump * index + 0.5; // the centre of pixel 0 is 0; its left edge is where the drawing begins
    return { centre, low: centre - field / 2, high: centre + field / 2 };
  }

  function box(name, down, right) {
    set(name, { x: right.low, y: down.low, width: right.high - right.low, height: down.high - down.low });
  }

  function draw() {
    const step = Number(slider.value);
    const row = data.rows[data.steps[step]];
    const [size, rf, least, jump, start] = ["size", "rf", "rf_min", "jump", "start"].map((name) => pair(row[name]));
    const at = picked(size);
    const [down, right] = [0, 1].map((axis) => axisOf(start[axis], jump[axis], at[axis], rf[axis]));
    const [leastDown, leastRight] = [0, 1].map((axis) => axisOf(start[axis], jump[axis], at[axis], least[axis]));
    const seen = [[down, imageHeight], [right, imageWidth]]
      .map(([axis, side]) => ({ low: Math.max(0, axis.low), high: Math.min(side, axis.high) }));
    const sides = seen.map((axis) => Math.max(0, axis.high - axis.low));
    box("reach", down, right);
    box("least", leastDown, leastRight);
    find("least").style.display = words(row.rf) === words(row.rf_min) ? "none" : "";
    const inside = sides[0] > 0 && sides[1] > 0;
    find("seen").style.display = inside ? "" : "none";
    if (inside) box("seen", ...seen);
    const hole = inside ? `M${seen[1].low} ${seen[0].low}V${seen[0].high}H${seen[1].high}V${seen[0].low}Z` : "";
    set("dim", { d: `M0 0H${imageWidth}V${imageHeight}H0Z${hole}` });
    set("unit", { cx: right.centre, cy: down.centre });
    const left = start[1] + 0.5 - jump[1] / 2;
    const top = start[0] + 0.5 - jump[0] / 2;
    set("grid-cell", { x: left, y: top, width: jump[1], height: jump[0] });
    set("grid-dot", { cx: jump[1] / 2, cy: jump[0] / 2, r: Math.min(0.16 * Math.min(...jump), 0.009 * Math.max(imageHeight, imageWidth)) });
    set("grid", { x: left, y: top, width: jump[1] * size[1], height: jump[0] * size[0] });

    const figures = { name: row.name, kind: row.kind, size: words(row.size), rf: words(row.rf), rf_min: words(row.rf_min),
      jump: words(row.jump), channels: words(row.channels), unit: `row ${at[0]}, column ${at[1]}`,
      share: `${Math.round((100 * sides[0] * sides[1]) / (imageHeight * imageWidth))} %` };
    Object.entries(figures).forEach(([name, value]) => { find(`now-${name}`).textContent = value; });
    slider.setAttribute("aria-valuetext", `${row.name}, receptive field ${words(row.rf)}`);
    document.querySelectorAll(".curve").forEach((curve) => {
      const dot = curve.querySelector(`[data-step="${step}"]`);
      const cursor = curve.querySelector(".cursor");
      ["x1", "x2"].forEach((end) => cursor.setAttribute(end, dot.getAttribute("cx")));
      curve.querySelectorAll(".now").forEach((other) => other.classList.remove("now"));
      dot.classList.add("now");
    });
    document.querySelectorAll("tr.now").forEach((other) => other.classList.remove("now"));
    document.querySelector(`tr[data-step="${step}"]`).classList.add("now");
  }

  function go(step) {
    slider.value = step;
    draw();
  }

  slider.addEventListener("input", draw);
  find("before").addEventListener("click", () => go(Number(slider.value) - 1));
  find("after").addEventListener("click", () => go(Number(slider.value) + 1));
  find("middle").addEventListener("click", () => { unit = null; draw(); });
  document.querySelectorAll("tr[data-step], circle[data-step]").forEach((element) => {
    element.addEventListener("click", () => go(element.dataset.step));
  });

  const picture = find("picture");
  let dragged = false;
  function pick(event) {
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
    const row = data.rows[data.steps[Number(slider.value)]];
    const [size, jump, start] = ["size", "jump", "start"].map((name) => pair(row[name]));
    unit = [place.y, place.x].map((position, axis) => {
      const index = Math.round((position - 0.5 - start[axis]) / jump[axis]);
      return (Math.min(size[axis] - 1, Math.max(0, index)) + 0.5) / size[axis];
    });
    draw();
  }
  picture.addEventListener("pointerdown", (event) => {
    dragged = true;
    picture.setPointerCapture(event.pointerId);
    pick(event);
  });
  picture.addEventListener("pointermove", (event) => { if (dragged) pick(event); });
  ["pointerup", "pointercancel"].forEach((name) => picture.addEventListener(name, () => { dragged = false; }));
  picture.addEventListener("keydown", (event) => {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (!(event.key in moves)) return;
    event.preventDefault();
    const size = pair(data.rows[data.steps[Number(slider.value)]].size);
    const at = picked(size);
    unit = at.map((index, axis) => (Math.min(size[axis] - 1, Math.max(0, index + moves[event.key][axis])) + 0.5) / size[axis]);
    draw();
  });
  draw();
})();

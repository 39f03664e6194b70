// The epoch under the pointer, in all curves at once and in words.

function startCurves() {
  for (const plot of document.querySelectorAll(".plot")) {
    plot.addEventListener("pointermove", (event) => {
      const box = plot.getBoundingClientRect();
      const share = (event.clientX - box.left) / box.width;
      readEpoch(Math.min(Math.max(Math.floor(share * data.epochs.length), 0), data.epochs.length - 1));
    });
    plot.addEventListener("pointerleave", () => readEpoch(null));
  }
}

function readEpoch(number) {
  for (const line of document.querySelectorAll(".cursor")) {
    line.style.visibility = number === null ? "hidden" : "visible";
    const place = (1000 * ((number ?? 0) + 0.5)) / data.epochs.length;
    line.setAttribute("x1", place);
    line.setAttribute("x2", place);
  }
  if (number === null) return;
  const row = data.epochs[number];
  byId("readout").textContent =
    `epoch ${row.epoch}, phase ${row.phase}, ${row.image_size} px: loss ${row.loss.toFixed(4)}, accuracy ${percent(row.accuracy, 2)}; ` +
    `${row.compared_on} loss ${row.val_loss.toFixed(4)}, accuracy ${percent(row.val_accuracy, 2)}; learning rate ${row.learning_rate}`;
}

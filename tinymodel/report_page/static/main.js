// Starts the parts, and sends clicks on names and pairs anywhere on the page to whoever shows their pictures.

startTheme();
startMatrix();
startGallery();
startTable();
startCurves();
document.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-guess], [data-class]");
  if (!pressed) return;
  if (pressed.dataset.guess) tell("show-cell", { label: Number(pressed.dataset.label), guess: Number(pressed.dataset.guess) });
  else tell("show-class", { label: Number(pressed.dataset.class) });
});

// Buttons that print the page; without script the browser's own menu does.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
// On paper nothing is folded: proofs are read there.
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("details.proof")) each.open = true;
});

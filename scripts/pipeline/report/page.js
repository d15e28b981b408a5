// The page works without this: it only opens and closes, and filters, and opens all for printing.
"use strict";
const every = (scope) => scope.querySelectorAll("details");
const toggle = (scope, open) => every(scope).forEach((one) => { one.open = open; });
document.querySelectorAll("button[data-open]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => {
    toggle(button.closest("section"), button.dataset.open === "yes");
  });
});
document.querySelectorAll("input[data-filter]").forEach((input) => {
  input.hidden = false;
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    input.closest("section").querySelectorAll("[data-text]").forEach((one) => {
      one.hidden = !one.dataset.text.toLowerCase().includes(wanted);
    });
  });
});
window.addEventListener("beforeprint", () => toggle(document, true));

// Light or dark: as the system has it, or as chosen here. No module, so that it runs before the first paint.
"use strict";
(() => {
  const choices = ["system", "light", "dark"];
  const names = { system: "as the system has them", light: "light", dark: "dark" };
  const signs = { system: "◐", light: "☀", dark: "☾" };
  const stored = () => {
    try {
      return localStorage.getItem("theme") ?? "system";
    } catch {
      return "system";
    }
  };
  let theme = choices.includes(stored()) ? stored() : "system";
  const show = () => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    const button = document.getElementById("theme");
    if (!button) return;
    button.firstElementChild.textContent = signs[theme];
    button.setAttribute("aria-label", `Colours: ${names[theme]}`);
    button.title = `Colours: ${names[theme]}`;
  };
  show();
  addEventListener("DOMContentLoaded", () => {
    show();
    document.getElementById("theme").addEventListener("click", () => {
      theme = choices[(choices.indexOf(theme) + 1) % choices.length];
      try {
        localStorage.setItem("theme", theme);
      } catch {
        // Without storage the choice lasts as long as the page.
      }
      show();
    });
  });
})();

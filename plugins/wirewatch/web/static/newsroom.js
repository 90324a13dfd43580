// Follows Airflow's theme when framed, opens originals outside the frame, and steps through lists with the keyboard.
"use strict";
(() => {
  const root = document.documentElement;
  const framed = window.parent !== window;

  const follow = () => {
    try {
      const theirs = window.parent.document.documentElement.classList;
      root.classList.toggle("dark", theirs.contains("dark"));
      root.classList.toggle("light", theirs.contains("light"));
    } catch { /* framed by something that is not Airflow: the system's preference stands */ }
  };
  if (framed) {
    root.classList.add("framed");
    follow();
    try {
      new MutationObserver(follow).observe(window.parent.document.documentElement, { attributeFilter: ["class"] });
    } catch { /* as above */ }
  }

  // Airflow's frame is sandboxed: a link to a new tab does nothing in it, but its parent may open one.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[target=_blank]");
    if (!link || !framed) return;
    event.preventDefault();
    try { window.parent.open(link.href, "_blank", "noopener,noreferrer"); } catch { window.location.assign(link.href); }
  });

  // On a phone a chart and the navigation are wider than the screen: what matters is the newest end, and where one is.
  document.addEventListener("DOMContentLoaded", () => {
    const here = document.querySelector(".masthead [aria-current]");
    const bar = document.querySelector(".masthead nav");
    if (here) bar.scrollLeft = here.offsetLeft - bar.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
    for (const chart of document.querySelectorAll(".drawing")) chart.parentElement.scrollLeft = chart.scrollWidth;
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.("input, select, textarea, [contenteditable]")) return;
    if (event.key === "/") {
      event.preventDefault();
      document.getElementById("find")?.focus();
      return;
    }
    const step = { j: 1, k: -1 }[event.key];
    if (!step) return;
    const rows = [...document.querySelectorAll("[data-row]")];
    const at = rows.indexOf(document.activeElement);
    rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step]?.focus();
  });
})();

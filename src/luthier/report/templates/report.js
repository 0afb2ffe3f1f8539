// Draws the plots, lets a reader filter the items, and unfolds tables before printing (items print as they are left).
"use strict";
(() => {
  const draw = (canvas) => {
    if (canvas.dataset.drawn) return;
    canvas.dataset.drawn = "yes";
    const figure = JSON.parse(document.getElementById(canvas.dataset.plot).textContent);
    const fixed = Boolean(canvas.style.width);
    const layout = { ...figure.layout, autosize: !fixed, height: canvas.clientHeight };
    if (fixed) layout.width = canvas.clientWidth;
    Plotly.newPlot(canvas, figure.data, layout, { displayModeBar: false, responsive: !fixed });
  };

  const folded = (element) => element.parentElement.closest("details:not([open])");
  const canvases = [...document.querySelectorAll(".canvas")];
  document.documentElement.classList.add("scripted");
  canvases.filter((canvas) => !folded(canvas)).forEach(draw);
  document.querySelectorAll("details").forEach((details) => {
    details.addEventListener("toggle", () => {
      if (details.open) details.querySelectorAll(".canvas").forEach((canvas) => folded(canvas) || draw(canvas));
    });
  });

  document.querySelectorAll(".filters").forEach((group) => {
    const items = [...document.getElementById(group.dataset.filters).children];
    const buttons = [...group.querySelectorAll("button")];
    group.hidden = false;
    group.addEventListener("click", (event) => {
      const chosen = event.target.closest("button");
      if (!chosen) return;
      const tag = chosen.dataset.tag;
      buttons.forEach((button) => button.setAttribute("aria-pressed", String(button === chosen)));
      items.forEach((item) => {
        item.hidden = tag !== "" && !item.dataset.tags.split(" ").includes(tag);
      });
    });
  });

  const PRINTED_WIDTH = 660; // pixels of an A4 page between its margins
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.more:not([open])")];
    opened.forEach((details) => { details.open = true; });
    canvases.forEach(draw);
    canvases.filter((canvas) => !canvas.style.width).forEach((canvas) => {
      Plotly.relayout(canvas, { autosize: false, width: PRINTED_WIDTH });
    });
  });
  addEventListener("afterprint", () => {
    opened.forEach((details) => { details.open = false; });
    canvases.filter((canvas) => !canvas.style.width).forEach((canvas) => {
      Plotly.relayout(canvas, { autosize: true, width: null });
    });
  });
})();

"use strict";
(() => {
  const dark = JSON.parse(document.getElementById("dark").textContent);
  const night = matchMedia("(prefers-color-scheme: dark)");
  // Nothing of a chart may leave this page: plotly's upload button is off whatever the figure asks for.
  const config = {
    responsive: true, displaylogo: false, showSendToCloud: false, plotlyServerURL: "", displayModeBar: "hover",
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
  };
  const draw = (useDark) => {
    for (const block of document.querySelectorAll("script[data-for]")) {
      let text = block.textContent;
      if (useDark) for (const [light, other] of Object.entries(dark)) text = text.replaceAll(light, other);
      const figure = JSON.parse(text);
      const place = document.getElementById(block.dataset.for);
      Plotly.react(place, figure.data, figure.layout, config)
        .then(() => { place.dataset.drawn = "true"; })
        .catch((fault) => { place.textContent = "This chart could not be drawn: " + fault; });
    }
  };
  draw(night.matches);
  night.addEventListener("change", () => draw(night.matches));
  addEventListener("beforeprint", () => draw(false));
  addEventListener("afterprint", () => draw(night.matches));
  const button = document.getElementById("code");
  button.addEventListener("click", () => {
    const on = document.body.classList.toggle("codes");
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? "Hide code" : "Show code";
  });
})();

// Bars over the last blocks. The frame is there before the data, so that nothing moves when it comes.

import { h, s } from "./dom.js";
import { grouped } from "./format.js";

const [WIDTH, HEIGHT] = [480, 96];

/** A chart of `places` bars with a heading; `update` gives it `{number, value, text}` for each block. */
export function barChart(title, places) {
  const bars = s("g");
  const figure = h("strong", { class: "figure" }, " ");
  const picture = s("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": title },
    s("line", { class: "ground", x1: 0, x2: WIDTH, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5 }), bars);
  const element = h("section", { class: "card chart-card" }, h("h2", null, title), figure, picture);

  const update = (blocks, ceiling) => {
    const shown = blocks.slice(-places);
    const top = Math.max(1, ceiling ?? 0, ...(ceiling ? [] : shown.map((block) => block.value)));
    const step = WIDTH / places;
    bars.replaceChildren(...shown.map((block, at) => {
      const height = block.value > 0 ? Math.max(2, (block.value / top) * (HEIGHT - 4)) : 0;
      const x = WIDTH - (shown.length - at) * step;
      return s("a", { href: `#/block/${block.number}`, tabindex: -1 },
        s("rect", { class: "room", x, y: 0, width: step, height: HEIGHT }),
        s("rect", { class: "fill", x: x + 1, y: HEIGHT - height, width: step - 2, height }),
        s("title", null, `Block ${grouped(block.number)}: ${block.text}`));
    }));
    const last = shown.at(-1);
    figure.textContent = last ? last.text : " ";
    picture.setAttribute("aria-label", `${title}, last block: ${last?.text ?? "none"}`);
  };
  return { element, update };
}

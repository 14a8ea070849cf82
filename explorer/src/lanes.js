// A block as lanes of workers over time: bars are runs of transactions, arrows are conflicts.
//
//   worker 0 │▇▇▇ 0 ▇▇▇│▇ 3 ▇│▨ 5 ▨│▇▇ 5 ▇▇│
//   worker 1 │▇ 1 ▇│▇▇▇▇ 2 ▇▇▇▇│    ▲
//                            └───────┘ slot 0x2 of 0x…
//
// Hatched: a run whose result was thrown away. Thick outline: the longest chain of conflicts. Shapes say whatever colours
// say, and the table below the picture says it in words.

import { h, s, tell } from "./dom.js";
import { duration, grouped, short } from "./format.js";

const [LEFT, TOP, LANE, BAR, AXIS] = [76, 14, 40, 24, 26];
/** A narrow window shows a part of the picture; the rest is scrolled to. */
const WIDTH_MIN = 640;
/** Arrows in the picture; the rest is counted. */
const ARROWS_MAX = 600;

/**
 * Draws the picture.
 *
 * `bars`: `{transaction, worker, start, end, stale}` by start; `conflicts`: `{before, after, key}`; `critical`: numbers of
 * transactions; `unit`: "ns" or "gas"; `onPick(transaction | null)` when one is chosen.
 */
export function lanes({ bars, workers, conflicts, critical, unit, label, onPick }) {
  const chain = new Set(critical);
  const end = Math.max(1, ...bars.map((bar) => bar.end));
  const say = unit === "ns" ? duration : (value) => `${short(value)} gas`;
  const last = new Map();
  for (const bar of bars) if (!bar.stale) last.set(bar.transaction, bar);
  const height = TOP + workers * LANE + AXIS;
  const holder = h("div", { class: "lanes", tabindex: -1 });
  const state = { zoom: 1, picked: null, key: null, arrows: "critical" };

  const isStep = new Set(critical.slice(1).map((after, at) => `${critical[at]}-${after}`));
  const chosenConflicts = () => {
    if (state.picked !== null) return conflicts.filter(({ before, after }) => before === state.picked || after === state.picked);
    if (state.key !== null) return conflicts.filter(({ key }) => key === state.key);
    if (state.arrows === "none") return [];
    if (state.arrows === "critical") return conflicts.filter(({ before, after }) => isStep.has(`${before}-${after}`));
    return conflicts;
  };

  const draw = () => {
    const width = Math.max(WIDTH_MIN, Math.floor(holder.clientWidth || 900)) * state.zoom;
    const scale = (width - LEFT - 12) / end;
    const x = (value) => LEFT + value * scale;
    const y = (worker) => TOP + worker * LANE;
    const svg = s("svg", { width, height, role: "group", "aria-label": label });
    svg.append(s("defs", null,
      s("pattern", { id: "stale", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        s("rect", { class: "stale-ground", width: 6, height: 6 }), s("rect", { class: "stale-line", width: 2.4, height: 6 })),
      marker("arrow", "head"), marker("arrow-critical", "head critical")));
    svg.append(frame(workers, width, end, x, y, say));
    const touched = state.key === null ? null : new Set(conflicts.filter(({ key }) => key === state.key).flatMap(({ before, after }) => [before, after]));
    const shapes = bars.map((bar, at) => shape(bar, at, { x, y, chain, touched, say, picked: state.picked }));
    svg.append(s("g", { class: "bars" }, shapes));
    svg.append(arrows(chosenConflicts(), last, isStep, x, y));
    holder.replaceChildren(svg);
    wire(shapes);
  };

  const pick = (transaction) => {
    state.picked = transaction === state.picked ? null : transaction;
    draw();
    onPick?.(state.picked);
    if (transaction !== null) holder.querySelector(`[data-transaction="${transaction}"]`)?.focus({ preventScroll: true });
  };

  const wire = (shapes) => {
    shapes.forEach((element, at) => {
      element.addEventListener("click", () => pick(bars[at].transaction));
      element.addEventListener("keydown", (event) => {
        const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: shapes.length - 1 }[event.key];
        if (to !== undefined && shapes[to]) {
          event.preventDefault();
          for (const other of shapes) other.setAttribute("tabindex", -1);
          shapes[to].setAttribute("tabindex", 0);
          shapes[to].focus();
        } else if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          pick(bars[at].transaction);
        } else if (event.key === "Escape") pick(null);
      });
    });
  };

  let seen = 0;
  new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (width !== seen) {
      seen = width;
      draw();
    }
  }).observe(holder);
  holder.style.minHeight = `${height}px`;

  return {
    element: holder,
    pick,
    showKey(key) {
      Object.assign(state, { key, picked: null });
      draw();
      if (key) tell(`Transactions that touch ${key} are marked`);
    },
    showArrows(which) {
      state.arrows = which;
      draw();
    },
    zoom(factor) {
      state.zoom = Math.min(32, Math.max(1, state.zoom * factor));
      draw();
    },
  };
}

function marker(id, kind) {
  return s("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
    s("path", { class: kind, d: "M0 0.5 8 4 0 7.5z" }));
}

function frame(workers, width, end, x, y, say) {
  const parts = [];
  for (let worker = 0; worker < workers; worker++) {
    const top = y(worker);
    parts.push(s("rect", { class: "lane", x: LEFT, y: top, width: width - LEFT - 12, height: BAR, rx: 4 }));
    parts.push(s("text", { class: "lane-name", x: LEFT - 10, y: top + BAR / 2, "text-anchor": "end" }, `worker ${worker}`));
  }
  const bottom = y(workers) - LANE + BAR + 12;
  const steps = Math.max(2, Math.min(8, Math.floor((width - LEFT) / 130)));
  for (let at = 0; at <= steps; at++) {
    const value = (end * at) / steps;
    const anchor = at === 0 ? "start" : at === steps ? "end" : "middle";
    parts.push(s("line", { class: "tick", x1: x(value), x2: x(value), y1: TOP - 6, y2: bottom }));
    parts.push(s("text", { class: "tick-name", x: x(value), y: bottom + 14, "text-anchor": anchor }, at === 0 ? "0" : say(value)));
  }
  return s("g", { "aria-hidden": "true" }, parts);
}

function arrows(conflicts, last, isStep, x, y) {
  // One arrow for each pair, however many keys they share.
  const pairs = new Map();
  for (const conflict of conflicts) pairs.set(`${conflict.before}-${conflict.after}`, conflict);
  const shown = [...pairs].slice(0, ARROWS_MAX).map(([name, { before, after, key }]) => {
    const [from, to] = [last.get(before), last.get(after)];
    if (!from || !to) return null;
    // Out of the edge that faces the other lane, into the edge that faces back; within a lane, below it.
    const isUp = to.worker < from.worker;
    const [x1, x2] = [x(from.end) - 3, x(to.start) + 3];
    const y1 = y(from.worker) + (isUp ? 0 : BAR);
    const y2 = y(to.worker) + (isUp || to.worker === from.worker ? BAR : 0);
    const [out, back] = to.worker === from.worker ? [14, 14] : isUp ? [-12, 14] : [12, -14];
    const way = `M${x1} ${y1}C${x1} ${y1 + out} ${x2} ${y2 + back} ${x2} ${y2 + Math.sign(back)}`;
    const critical = isStep.has(name);
    return s("path", { class: critical ? "arrow critical" : "arrow", d: way, "marker-end": `url(#arrow${critical ? "-critical" : ""})` },
      s("title", null, `Transaction ${after} depends on ${before}: ${key}`));
  });
  return s("g", { class: "arrows", "aria-hidden": "true" }, shown);
}

function shape(bar, at, { x, y, chain, touched, say, picked }) {
  const [left, width] = [x(bar.start), Math.max(1.5, x(bar.end) - x(bar.start) - 1)];
  const top = y(bar.worker);
  const kinds = ["bar"];
  if (bar.stale) kinds.push("stale");
  else if (chain.has(bar.transaction)) kinds.push("critical");
  if (touched) kinds.push(touched.has(bar.transaction) ? "touched" : "dim");
  if (picked === bar.transaction) kinds.push("picked");
  const words = [`Transaction ${bar.transaction}`, `worker ${bar.worker}`, `${say(bar.end - bar.start)} from ${say(bar.start)}`];
  if (bar.stale) words.push(bar.reason ? `thrown away: ${bar.reason}` : "thrown away");
  if (chain.has(bar.transaction)) words.push("on the critical path");
  const text = words.join(", ");
  const number = grouped(bar.transaction);
  const fits = width > 8 + number.length * 7;
  return s("g", { class: kinds.join(" "), role: "button", tabindex: at === 0 ? 0 : -1, "aria-label": text, "data-transaction": bar.transaction },
    s("rect", { x: left, y: top, width, height: BAR, rx: Math.min(3, width / 3) }),
    fits && s("text", { x: left + width / 2, y: top + BAR / 2, "text-anchor": "middle", "aria-hidden": "true" }, number),
    s("title", null, text));
}

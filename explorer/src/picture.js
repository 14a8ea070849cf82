// The picture of a block: lanes, conflicts, hot keys, the longest chain, and what would be if a key were used otherwise.

import { h, s, table } from "./dom.js";
import { duration, grouped, number, short, stateKey, transactionLink, trim } from "./format.js";
import { lanes } from "./lanes.js";
import { nameKeys } from "./names.js";
import { heat } from "./pages/hot-keys.js";
import { call } from "./rpc.js";
import { ideal } from "./schedule.js";

const KEYS_MAX = 20;
/** Bars in the picture; the table below it has them too. */
const BARS_MAX = 3000;
const WORKERS = [2, 4, 8, 16, 32];

/** The picture of a block with the tables that say the same in words. */
export async function picture({ block, receipts, report, schedule }) {
  const costs = block.transactions.map((_, at) => number(receipts?.[at]?.gasUsed ?? "0x0"));
  const keys = report.hotKeys.slice(0, KEYS_MAX).map(({ key }) => key);
  const names = await nameKeys(block.hash, [...new Set([...keys, ...report.conflicts.map(({ key }) => key)])].slice(0, 1000), report.hotKeys);
  const context = { block, costs, report, schedule, names };
  const detail = h("div", { class: "detail", "aria-live": "polite" });
  const holder = h("div", { class: "lanes-holder" });
  const view = { mode: schedule?.runs?.length ? "real" : "4", arrows: "critical", drawn: null };

  const draw = () => {
    const { bars, workers, unit } = barsOf(context, view.mode);
    const label = view.mode === "real" ? "Runs of this block on the workers of this node" : `An ideal schedule of this block for ${workers} workers`;
    view.drawn = lanes({
      bars: bars.slice(0, BARS_MAX), workers, unit, label, conflicts: report.conflicts, critical: report.criticalPath,
      onPick: (transaction) => detail.replaceChildren(transaction === null ? hint() : describe(context, bars, unit, transaction)),
    });
    view.drawn.showArrows(view.arrows);
    const left = bars.length - BARS_MAX;
    holder.replaceChildren(view.drawn.element, left > 0 ? h("p", { class: "note" }, `${grouped(left)} more runs are not drawn.`) : "");
    detail.replaceChildren(hint());
  };
  draw();

  return h("section", { class: "card picture" },
    h("h2", null, "What ran beside what"),
    summary(context),
    controls(context, view, draw),
    holder,
    legend(),
    detail,
    hotKeys(context, view),
    report.conflictsLeftOut > 0 && h("p", { class: "note" }, `${grouped(report.conflictsLeftOut)} more conflicts are left out of the picture.`));
}

/** What is drawn: the runs as this node had them, or an ideal schedule with gas for time. */
function barsOf({ costs, report, schedule, names }, mode) {
  if (mode === "real") {
    const bars = schedule.runs.map((run) => ({ transaction: run.transaction, worker: run.worker, start: run.startNs, end: run.endNs, stale: run.stale, reason: reason(run, names) }));
    return { bars: bars.sort((a, b) => a.start - b.start), workers: schedule.workers, unit: "ns" };
  }
  const workers = Number(mode);
  return { bars: ideal(costs, report.conflicts, workers), workers, unit: "gas" };
}

function reason({ staleOn }, names) {
  return staleOn ? `transaction ${staleOn.transaction} changed ${names.get(staleOn.key) ?? staleOn.key} meanwhile` : null;
}

function summary({ report, schedule, costs }) {
  const figure = (value, text) => h("div", { class: "tile" }, h("strong", { class: "figure" }, value), h("span", null, text));
  const work = number(report.work);
  const runs = schedule?.runs ?? [];
  const busy = runs.reduce((sum, run) => sum + run.endNs - run.startNs, 0);
  return h("div", { class: "tiles" },
    figure(`${trim(report.bound)} ×`, "at most, with any number of workers"),
    figure(grouped(report.criticalPath.length), `transactions in the longest chain, ${trim((100 * number(report.span)) / Math.max(1, work))} % of the gas`),
    figure(grouped(report.disjointSets), `disjoint sets of ${grouped(costs.length)} transactions`),
    runs.length > 0 && figure(duration(schedule.durationNs), `on ${schedule.workers} ${schedule.workers === 1 ? "worker" : "workers"}, ${trim(busy / Math.max(1, schedule.durationNs))} of them busy on average`),
    runs.length > 0 && figure(grouped(runs.filter((run) => run.stale).length), "runs thrown away"));
}

function controls({ schedule }, view, draw) {
  const option = (value, text) => h("option", { value, selected: value === view.mode }, text);
  const mode = h("select", { id: "lanes-mode", onchange: (event) => { view.mode = event.target.value; draw(); } },
    schedule?.runs?.length && option("real", "as this node ran it"),
    WORKERS.map((workers) => option(String(workers), `ideal, ${workers} workers`)));
  const arrows = h("select", { id: "lanes-arrows", onchange: (event) => { view.arrows = event.target.value; view.drawn.showArrows(view.arrows); } },
    h("option", { value: "critical" }, "of the longest chain"), h("option", { value: "all" }, "all"), h("option", { value: "none" }, "none"));
  const zoom = (factor, text, name) => h("button", { type: "button", "aria-label": name, title: name, onclick: () => view.drawn.zoom(factor) }, text);
  return h("div", { class: "controls" },
    h("label", { for: "lanes-mode" }, "Schedule ", mode),
    h("label", { for: "lanes-arrows" }, "Arrows ", arrows),
    h("span", { class: "zoom" }, zoom(0.5, "−", "Zoom out"), zoom(2, "+", "Zoom in")));
}

function legend() {
  const item = (kind, text) => h("li", null, h("span", { class: `swatch ${kind}`, "aria-hidden": "true" }), text);
  return h("ul", { class: "legend" }, item("plain", "a run"), item("critical", "on the longest chain"), item("stale", "thrown away, run again"), item("way", "depends on"));
}

function hint() {
  return h("p", { class: "quiet" }, "Choose a bar to see what it waited for; arrow keys go from bar to bar.");
}

/** Everything about one transaction of the picture. */
function describe({ block, costs, report, names }, bars, unit, transaction) {
  const before = report.conflicts.filter(({ after }) => after === transaction);
  const after = report.conflicts.filter((one) => one.before === transaction);
  const runs = bars.filter((bar) => bar.transaction === transaction);
  const say = unit === "ns" ? duration : (value) => `${short(value)} gas`;
  const line = (conflict, other) => h("li", null, `${grouped(conflict[other])}: `, stateKey(conflict.key, names.get(conflict.key)), ` (${KINDS[conflict.kind]})`);
  const list = (title, conflicts, other) => conflicts.length > 0 && [
    h("h4", null, title),
    h("ul", null, conflicts.slice(0, 12).map((conflict) => line(conflict, other))),
    conflicts.length > 12 && h("p", { class: "note" }, `and ${grouped(conflicts.length - 12)} more`)];
  return h("div", null,
    h("h3", null, `Transaction ${grouped(transaction)} `, transactionLink(block.transactions[transaction].hash)),
    h("p", null, `${grouped(costs[transaction])} gas. `, runs.map((run, at) => `${at > 0 ? "; " : ""}${run.stale ? "thrown away" : "run"} on worker ${run.worker} from ${say(run.start)} to ${say(run.end)}${run.reason ? ` because ${run.reason}` : ""}`), "."),
    list("Waits for", before, "before"),
    list("Keeps waiting", after, "after"),
    before.length + after.length === 0 && h("p", { class: "quiet" }, "It conflicts with no other transaction."));
}

const KINDS = { writeRead: "reads what was written", readWrite: "writes what was read", writeWrite: "both write" };

function hotKeys({ block, report, names, costs }, view) {
  if (report.hotKeys.length === 0) return h("p", { class: "quiet" }, "No transaction of this block waits for another.");
  const worst = Math.max(1, ...report.hotKeys.map(({ lost }) => number(lost)));
  const chosen = { ignore: new Set(), commutative: new Set() };
  const answer = h("p", { class: "answer", role: "status" });
  const ask = async () => {
    if (chosen.ignore.size + chosen.commutative.size === 0) return answer.replaceChildren(question());
    const change = { ignore: [...chosen.ignore], commutative: [...chosen.commutative] };
    try {
      const { before, after } = await call("parallax_whatIf", block.hash, change);
      answer.replaceChildren("Then the block could run ", h("strong", { id: "what-if-bound" }, `${trim(after.bound)} ×`), ` as fast as on one worker instead of ${trim(before.bound)} ×; the longest chain would be ${short(number(after.span))} gas instead of ${short(number(before.span))}, in ${grouped(after.disjointSets)} disjoint sets instead of ${grouped(before.disjointSets)}.`);
    } catch (error) {
      answer.replaceChildren(error.message);
    }
    return undefined;
  };
  const box = (key, kind, name) => h("input", { type: "checkbox", "aria-label": `${name}: ${key}`, onchange: (event) => {
    event.target.checked ? chosen[kind].add(key) : chosen[kind].delete(key);
    ask();
  } });
  const mark = (key) => h("button", { type: "button", class: "mark", "aria-pressed": "false", title: "Mark its transactions in the picture", onclick: (event) => {
    const button = event.currentTarget;
    const on = button.getAttribute("aria-pressed") !== "true";
    for (const other of button.closest("table").querySelectorAll(".mark")) other.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-pressed", String(on));
    view.drawn.showKey(on ? key : null);
  } }, "mark");
  const commutes = (key) => (/:nonce$|:code$|:existence$/.test(key) ? "" : box(key, "commutative", "Only added to"));
  const rows = report.hotKeys.slice(0, KEYS_MAX).map(({ key, lost, waiting }) => [
    stateKey(key, names.get(key)),
    heat(number(lost), worst),
    strip(key, report.conflicts, costs.length, number(lost) / worst, waiting.length),
    mark(key),
    box(key, "ignore", "Not there"),
    commutes(key),
  ]);
  answer.append(question());
  const columns = [["Key", "first"], ["Lost, in gas", "heat-cell"], ["Touched by", "strip-cell"], ["", "act"], ["What if it were not there", "act"], ["… or only added to", "act"]];
  const more = report.hotKeys.length - KEYS_MAX;
  return [h("h3", null, "Hot keys"), table("Hot keys", columns, rows), more > 0 && h("p", { class: "note" }, `${grouped(more)} more keys cost less.`), answer];
}

function question() {
  return "Tick keys to see what the block would gain without them, or if updates of them commuted.";
}

/** The block from its first to its last transaction, with a mark for each that touches the key. */
function strip(key, conflicts, transactions, part, waiting) {
  const touched = new Set();
  for (const conflict of conflicts) if (conflict.key === key) touched.add(conflict.before).add(conflict.after);
  const width = 240;
  const step = width / transactions;
  const level = Math.max(1, Math.ceil(5 * part));
  const marks = [...touched].map((at) => s("rect", { class: `heat-${level}`, x: at * step, y: 0, width: Math.max(1.5, step - (step > 4 ? 1 : 0)), height: 14 }));
  const text = `${touched.size} transactions touch it, ${waiting} wait`;
  return s("svg", { class: "strip", viewBox: `0 0 ${width} 14`, preserveAspectRatio: "none", role: "img", "aria-label": text }, s("title", null, text), marks);
}

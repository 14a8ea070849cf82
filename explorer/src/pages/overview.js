// The head, the last blocks, and charts of them. New blocks come in as they are made.

import { card, h } from "../dom.js";
import { barChart } from "../chart.js";
import { ago, blockLink, gwei, grouped, number, share, short, trim } from "../format.js";
import { attempt, call } from "../rpc.js";

const CHARTED = 48;
const LISTED = 12;

export async function overview() {
  const blocks = [];
  const tiles = Object.fromEntries(["head", "age", "fee", "full", "pool", "chain"].map((name) => [name, h("strong", { class: "figure" }, " ")]));
  const gas = barChart("Gas used", CHARTED);
  const transactions = barChart("Transactions", CHARTED);
  const rows = Array.from({ length: LISTED }, () => row());
  const tile = (name, title) => h("div", { class: "tile" }, h("span", null, title), tiles[name]);

  const show = () => {
    const head = blocks.at(-1);
    if (!head) return;
    tiles.head.replaceChildren(blockLink(head.number));
    tiles.fee.textContent = head.baseFee === null ? "none" : gwei(head.baseFee);
    tiles.full.textContent = share(head.gas, head.limit);
    gas.update(blocks.map((block) => ({ number: block.number, value: block.gas, text: `${short(block.gas)} gas` })));
    transactions.update(blocks.map((block) => ({ number: block.number, value: block.count, text: `${grouped(block.count)} tx` })));
    rows.forEach((one, at) => one.show(blocks.at(-1 - at)));
    tick();
  };
  const tick = () => {
    const head = blocks.at(-1);
    if (head) tiles.age.textContent = ago(head.time);
    for (const one of rows) one.tick();
  };
  const pool = async () => {
    const status = await attempt(call("txpool_status"));
    tiles.pool.textContent = status ? `${grouped(number(status.pending))} + ${grouped(number(status.queued))}` : "not told";
  };
  const load = async (to) => {
    const from = Math.max((blocks.at(-1)?.number ?? -1) + 1, to - CHARTED + 1, 0);
    const wanted = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
    const found = await Promise.all(wanted.map((one) => call("eth_getBlockByNumber", `0x${one.toString(16)}`, false)));
    for (const one of found) if (one && number(one.number) > (blocks.at(-1)?.number ?? -1)) blocks.push(summary(one));
    blocks.splice(0, Math.max(0, blocks.length - CHARTED));
    show();
  };

  const [head, chain] = await Promise.all([call("eth_blockNumber"), call("eth_chainId")]);
  tiles.chain.textContent = String(number(chain));
  await Promise.all([load(number(head)), pool()]);
  const element = h("div", { class: "page" },
    h("h1", { class: "unseen" }, "Overview"),
    h("div", { class: "tiles" }, tile("head", "Head"), tile("age", "Made"), tile("fee", "Base fee"), tile("full", "Head is full by"), tile("pool", "Pool: ready + queued"), tile("chain", "Chain")),
    h("div", { class: "pair" }, transactions.element, gas.element),
    card("Last blocks", h("table", { class: "list steady" },
      h("caption", { class: "unseen" }, "Last blocks"),
      h("thead", null, h("tr", null, h("th", { scope: "col" }, "Block"), h("th", { scope: "col", class: "wide" }, "Made"), h("th", { scope: "col", class: "num" }, "Transactions"), h("th", { scope: "col", class: "num wide" }, "Gas"), h("th", { scope: "col", class: "num" }, "Could run faster by"))),
      h("tbody", null, rows.map((one) => one.element))),
      h("p", { class: "note" }, "By how much an ideal schedule beats one worker, however many workers there are: the gas of the block over the gas of its longest chain of conflicts.")));
  const timer = setInterval(() => (element.isConnected ? tick() : undefined), 1000);
  let loading = Promise.resolve();
  const onHead = (value) => {
    if (!element.isConnected) return clearInterval(timer);
    // A chain that went back starts the list anew.
    if (value < (blocks.at(-1)?.number ?? 0)) blocks.length = 0;
    loading = loading.then(() => Promise.all([load(value), pool()])).catch(() => undefined);
    return undefined;
  };
  return { title: "Overview", element, onHead };
}

function summary(block) {
  return {
    number: number(block.number),
    hash: block.hash,
    time: number(block.timestamp),
    gas: number(block.gasUsed),
    limit: number(block.gasLimit),
    count: block.transactions.length,
    baseFee: block.baseFeePerGas ?? null,
    bound: undefined,
  };
}

/** One row of the list; it is there before there is a block for it. */
function row() {
  const [name, made, count, gas, bound] = [h("td", null, " "), h("td", { class: "wide" }), h("td", { class: "num" }), h("td", { class: "num wide" }), h("td", { class: "num" })];
  let block;
  const tick = () => (made.textContent = block ? ago(block.time) : "");
  const show = async (one) => {
    block = one;
    if (!one) return [name, made, count, gas, bound].forEach((cell) => cell.replaceChildren(" "));
    name.replaceChildren(blockLink(one.number));
    count.textContent = grouped(one.count);
    gas.textContent = `${short(one.gas)} (${share(one.gas, one.limit)})`;
    bound.textContent = one.count < 2 ? "–" : one.bound ?? "…";
    if (one.count > 1 && one.bound === undefined) {
      const report = await attempt(call("parallax_getConflicts", one.hash, 0));
      one.bound = report ? `${trim(report.bound)} ×` : "not known";
      if (block === one) bound.textContent = one.bound;
    }
    return undefined;
  };
  return { element: h("tr", null, name, made, count, gas, bound), show, tick };
}

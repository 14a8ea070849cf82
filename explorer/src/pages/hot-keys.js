// The keys that cost most over the last blocks.

import { card, h, table } from "../dom.js";
import { blockLink, grouped, number, share, short, stateKey } from "../format.js";
import { nameKeys } from "../names.js";
import { call } from "../rpc.js";

const BLOCKS = 100;

export async function hotKeys() {
  const head = number(await call("eth_blockNumber"));
  const from = Math.max(0, head - BLOCKS + 1);
  const hex = (value) => `0x${value.toString(16)}`;
  const keys = await call("parallax_getHotKeys", hex(from), hex(head), 100);
  const names = await nameKeys(hex(head), keys.map(({ key }) => key), keys);
  const worst = Math.max(1, ...keys.map(({ lost }) => number(lost)));
  const rows = keys.map(({ key, lost, waiting, blocks }) => [
    stateKey(key, names.get(key)),
    heat(number(lost), worst),
    grouped(waiting),
    grouped(blocks),
  ]);
  const columns = [["Key", "first"], ["Lost, in gas", "heat-cell"], ["Transactions that waited", "num"], ["Blocks", "num"]];
  const element = h("div", { class: "page" },
    h("h1", null, "Hot keys"),
    h("p", { class: "lead" }, "What transactions wait for each other on, in blocks ", blockLink(from), " to ", blockLink(head), ". Lost is what the key alone adds to the time of its blocks with any number of workers."),
    card(null, table("Hot keys", columns, rows, "No transaction waited for another.")));
  return { title: "Hot keys", element };
}

/** A bar as long and as dark as the loss is great, with the number beside. */
export function heat(value, worst) {
  const level = Math.min(5, Math.ceil((5 * value) / worst));
  const bar = h("span", { class: `heat heat-${level}`, "aria-hidden": "true" });
  bar.style.width = `${Math.max(value > 0 ? 2 : 0, (100 * value) / worst)}%`;
  return h("span", { class: "heat-line", title: `${grouped(value)} gas, ${share(value, worst)} of the hottest` }, h("span", { class: "heat-room" }, bar), h("span", { class: "num" }, short(value)));
}

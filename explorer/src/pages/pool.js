// What waits: transactions that can come into the next block, and those that wait for another.

import { card, h, table } from "../dom.js";
import { addressLink, ether, grouped, gwei, number, transactionLink } from "../format.js";
import { call } from "../rpc.js";

const SHOWN_MAX = 200;

export async function pool() {
  const element = h("div", { class: "page" });
  const load = async () => {
    const content = await call("txpool_content");
    element.replaceChildren(
      h("h1", null, "Pool"),
      part("Ready for the next block", content.pending),
      part("Waiting for an earlier one or for funds", content.queued));
  };
  await load();
  let loading = Promise.resolve();
  const onHead = () => {
    if (element.isConnected) loading = loading.then(load).catch(() => undefined);
  };
  const timer = setInterval(() => (element.isConnected ? onHead() : clearInterval(timer)), 3000);
  return { title: "Pool", element, onHead };
}

function part(title, senders) {
  const all = Object.values(senders).flatMap((nonces) => Object.values(nonces));
  const rows = all.slice(0, SHOWN_MAX).map((one) => [
    transactionLink(one.hash),
    addressLink(one.from),
    grouped(number(one.nonce)),
    addressLink(one.to),
    ether(one.value),
    gwei(one.maxFeePerGas ?? one.gasPrice),
  ]);
  const columns = [["Transaction", "first"], ["From"], ["Nonce", "num"], ["To"], ["Value", "num"], ["Pays at most", "num"]];
  const more = all.length > SHOWN_MAX && h("p", { class: "note" }, `${grouped(all.length - SHOWN_MAX)} more are not shown.`);
  return card(`${title}: ${grouped(all.length)}`, table(title, columns, rows, "Nothing waits."), more);
}

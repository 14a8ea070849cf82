// Numbers, amounts, times and names as people read them.

import { h, copy } from "./dom.js";

export const number = (quantity) => (quantity === null || quantity === undefined ? null : Number(quantity));

/** 1,234,567 */
export function grouped(value) {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Wei as ether, without zeros that say nothing. */
export function ether(wei) {
  const value = BigInt(wei);
  if (value !== 0n && value < 10n ** 12n) return `${gwei(value)}`;
  return `${decimal(value, 18)} ETH`;
}

export function gwei(wei) {
  const value = BigInt(wei);
  return value !== 0n && value < 1000n ? `${value} wei` : `${decimal(value, 9)} gwei`;
}

function decimal(value, places) {
  const text = value.toString().padStart(places + 1, "0");
  const part = text.slice(-places).slice(0, 6).replace(/0+$/, "");
  return grouped(text.slice(0, -places)) + (part && `.${part}`);
}

/** Nanoseconds with a unit that fits. */
export function duration(ns) {
  for (const [unit, size] of [["s", 1e9], ["ms", 1e6], ["µs", 1e3]]) {
    if (ns >= size) return `${trim(ns / size)} ${unit}`;
  }
  return `${Math.round(ns)} ns`;
}

/** Three digits. */
export function trim(value) {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** 12.3k, 4.5M */
export function short(value) {
  for (const [unit, size] of [["G", 1e9], ["M", 1e6], ["k", 1e3]]) {
    if (value >= size) return `${trim(value / size)}${unit}`;
  }
  return trim(value);
}

export function share(part, whole) {
  return whole > 0 ? `${trim((100 * part) / whole)} %` : "0 %";
}

/** A second since 1970 as an element that knows the exact time. */
export function time(seconds) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return String(seconds);
  return h("time", { datetime: date.toISOString(), title: date.toISOString() }, ago(seconds));
}

export function ago(seconds) {
  const passed = Math.round(Date.now() / 1000 - seconds);
  if (passed < -5) return `in ${span(-passed)}`;
  return passed < 2 ? "now" : `${span(passed)} ago`;
}

function span(seconds) {
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60]]) {
    if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  }
  return `${seconds} s`;
}

/** 0x1234…abcd */
export function cut(text, ends = 6) {
  return text.length <= 2 * ends + 5 ? text : `${text.slice(0, ends + 2)}…${text.slice(-ends)}`;
}

const named = (kind) => (text, whole = false) =>
  h("span", { class: "id" },
    h("a", { href: `#/${kind}/${text}`, title: text, class: whole ? "hash whole" : "hash" }, whole ? text : cut(text)),
    whole && copy(text));

export const blockLink = (value) => h("a", { href: `#/block/${value}` }, grouped(value));
export const blockHash = named("block");
export const transactionLink = named("tx");
export const addressLink = (address, whole = false) =>
  address ? named("address")(address, whole) : h("span", { class: "quiet" }, "new contract");

/** Long bytes in a box of bounded height. */
export function bytes(hex) {
  const length = (hex.length - 2) / 2;
  if (length === 0) return h("span", { class: "quiet" }, "none");
  if (length <= 32) return h("code", { class: "hash whole" }, hex);
  return h("details", { class: "bytes" }, h("summary", null, `${grouped(length)} bytes`), h("pre", { tabindex: 0 }, hex));
}

/** A state key, `0x…[0x1]` or `0x…:balance`, in its two parts. */
export function splitKey(key) {
  const [, address, rest] = /^(0x[0-9a-fA-F]{40})(.*)$/.exec(key) ?? [null, "", key];
  return { address, field: rest.startsWith(":") ? rest.slice(1) : rest };
}

/** A state key as an element: the name of the variable where it is known, else the slot. */
export function stateKey(key, name) {
  const { address, field } = splitKey(key);
  const slot = field.startsWith("[") ? `slot ${cut(field.slice(1, -1), 4)}` : field;
  return h("span", { class: "key", title: key },
    h("span", { class: name ? "variable" : "slot" }, name ?? slot),
    h("span", { class: "of" }, " of ", addressLink(address)));
}

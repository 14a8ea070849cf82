// The contract ABI: calls are encoded, results and events decoded. Hashes come from the node.

import { call } from "./rpc.js";

/** `transfer(address,uint256)` */
export function signature({ name, inputs }) {
  return `${name}(${(inputs ?? []).map(typeOf).join(",")})`;
}

/** The type as it is hashed: tuples spelled out. */
export function typeOf({ type, components }) {
  return type.startsWith("tuple") ? `(${components.map(typeOf).join(",")})${type.slice(5)}` : type;
}

const hashes = new Map();

/** Keccak-256 of a text, asked for once. */
export function hashOf(text) {
  if (!hashes.has(text)) hashes.set(text, call("web3_sha3", hex(new TextEncoder().encode(text))));
  return hashes.get(text);
}

/** The first four bytes of the hash of a function's signature. */
export async function selector(entry) {
  return (await hashOf(signature(entry))).slice(0, 10);
}

/** Encodes the arguments of a function, in hexadecimal without prefix. Throws where a value does not fit its type. */
export function encode(types, values) {
  const heads = [];
  const tails = [];
  let offset = types.reduce((sum, type) => sum + headSize(type), 0);
  types.forEach((type, at) => {
    const encoded = encodeOne(type, values[at]);
    if (isDynamic(type)) {
      heads.push(word(BigInt(offset)));
      tails.push(encoded);
      offset += encoded.length / 2;
    } else heads.push(encoded);
  });
  return heads.join("") + tails.join("");
}

/** Decodes values of these types from hexadecimal without prefix. Throws if it is too short. */
export function decode(types, data, start = 0) {
  let at = start;
  return types.map((type) => {
    const where = isDynamic(type) ? start + 2 * index(data, at) : at;
    at += 2 * headSize(type);
    return decodeOne(type, data, where);
  });
}

function array({ type }) {
  const match = /^(.*)\[(\d*)\]$/.exec(type);
  return match && { item: match[1], length: match[2] === "" ? null : Number(match[2]) };
}

const itemOf = (type, item) => ({ ...type, type: item });

function isDynamic(type) {
  const list = array(type);
  if (list) return list.length === null || isDynamic(itemOf(type, list.item));
  if (type.type === "tuple") return type.components.some(isDynamic);
  return type.type === "string" || type.type === "bytes";
}

function headSize(type) {
  if (isDynamic(type)) return 32;
  const list = array(type);
  if (list) return list.length * headSize(itemOf(type, list.item));
  return type.type === "tuple" ? type.components.reduce((sum, part) => sum + headSize(part), 0) : 32;
}

function encodeOne(type, value) {
  const list = array(type);
  if (list) {
    if (!Array.isArray(value)) throw new Error(`${typeOf(type)}: a list is expected, such as [1, 2]`);
    if (list.length !== null && list.length !== value.length) throw new Error(`${typeOf(type)}: ${list.length} items are expected`);
    const items = encode(value.map(() => itemOf(type, list.item)), value);
    return list.length === null ? word(BigInt(value.length)) + items : items;
  }
  if (type.type === "tuple") {
    const values = Array.isArray(value) ? value : type.components.map(({ name }) => value?.[name]);
    return encode(type.components, values);
  }
  const text = String(value ?? "").trim();
  if (type.type === "string") return withLength(hex(new TextEncoder().encode(String(value ?? ""))).slice(2));
  if (type.type === "bytes") return withLength(digits(text, null, type.type));
  if (type.type === "bool") return word(truth(text));
  if (type.type === "address") return digits(text, 20, type.type).padStart(64, "0");
  const fixed = /^bytes(\d+)$/.exec(type.type);
  if (fixed) return digits(text, Number(fixed[1]), type.type).padEnd(64, "0");
  const integer = /^(u?)int(\d*)$/.exec(type.type);
  if (integer) return word(wholeNumber(text, integer[1] === "u", BigInt(integer[2] || 256), type.type));
  throw new Error(`${type.type}: this type is not supported`);
}

function truth(text) {
  if (/^(true|1)$/i.test(text)) return 1n;
  if (/^(false|0)$/i.test(text)) return 0n;
  throw new Error("bool: true or false is expected");
}

function wholeNumber(text, unsigned, bits, name) {
  let value;
  try {
    value = BigInt(text.replace(/[_,\s]/g, "") || "x");
  } catch {
    throw new Error(`${name}: a whole number is expected`);
  }
  const [low, high] = unsigned ? [0n, (1n << bits) - 1n] : [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n];
  if (value < low || value > high) throw new Error(`${name}: ${text} does not fit`);
  return BigInt.asUintN(256, value);
}

function digits(text, length, name) {
  const match = /^0x((?:[0-9a-fA-F]{2})*)$/.exec(text);
  if (!match) throw new Error(`${name}: 0x and hexadecimal digits are expected`);
  if (length !== null && match[1].length !== 2 * length) throw new Error(`${name}: ${length} bytes are expected`);
  return match[1].toLowerCase();
}

function withLength(data) {
  return word(BigInt(data.length / 2)) + data.padEnd(Math.ceil(data.length / 64) * 64, "0");
}

const word = (value) => value.toString(16).padStart(64, "0");

function read(data, at) {
  const found = data.slice(at, at + 64);
  if (found.length !== 64) throw new Error("the data ends too early");
  return found;
}

/** A length or an offset. */
function index(data, at) {
  const value = BigInt(`0x${read(data, at)}`);
  if (value > BigInt(data.length)) throw new Error("an offset points behind the data");
  return Number(value);
}

function decodeOne(type, data, at) {
  const list = array(type);
  if (list) {
    const length = list.length ?? index(data, at);
    const start = list.length === null ? at + 64 : at;
    return decode(Array.from({ length }, () => itemOf(type, list.item)), data, start);
  }
  if (type.type === "tuple") {
    const values = decode(type.components, data, at);
    return Object.fromEntries(type.components.map(({ name }, position) => [name || position, values[position]]));
  }
  if (type.type === "string" || type.type === "bytes") {
    const length = index(data, at);
    const content = data.slice(at + 64, at + 64 + 2 * length);
    if (content.length !== 2 * length) throw new Error("the data ends too early");
    if (type.type === "bytes") return `0x${content}`;
    return new TextDecoder().decode(Uint8Array.from(content.match(/../g) ?? [], (pair) => parseInt(pair, 16)));
  }
  const found = read(data, at);
  if (type.type === "bool") return BigInt(`0x${found}`) !== 0n;
  if (type.type === "address") return `0x${found.slice(24)}`;
  const fixed = /^bytes(\d+)$/.exec(type.type);
  if (fixed) return `0x${found.slice(0, 2 * Number(fixed[1]))}`;
  const value = BigInt(`0x${found}`);
  return /^u/.test(type.type) ? value : BigInt.asIntN(256, value);
}

export function hex(array) {
  return `0x${Array.from(array, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** A decoded value as text. */
export function textOf(value) {
  if (Array.isArray(value)) return `[${value.map(textOf).join(", ")}]`;
  if (value !== null && typeof value === "object") return `{${Object.entries(value).map(([name, one]) => `${name}: ${textOf(one)}`).join(", ")}}`;
  return String(value);
}

/** What a field of a form holds, as a value: lists and tuples are written as JSON. */
export function parse(type, text) {
  if (!array(type) && type.type !== "tuple") return text;
  // Numbers are kept as they are written: JSON's would lose digits.
  const quoted = text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:0x[0-9a-fA-F]+|\d+)\b/g, (found) => (found.startsWith('"') ? found : `"${found}"`));
  try {
    return JSON.parse(quoted || "null");
  } catch {
    throw new Error(`${typeOf(type)}: a list is expected, such as [1, 2]`);
  }
}

/** Why a call was reverted, as far as the standard reasons and the errors of the ABI tell. */
export async function reasonOf(data, abi = []) {
  if (!data || data.length < 10) return null;
  const standard = [
    { type: "error", name: "Error", inputs: [{ name: "reason", type: "string" }] },
    { type: "error", name: "Panic", inputs: [{ name: "code", type: "uint256" }] },
  ];
  for (const entry of [...standard, ...abi.filter(({ type }) => type === "error")]) {
    if ((await selector(entry)) !== data.slice(0, 10)) continue;
    const values = decode(entry.inputs, data.slice(10));
    return entry.name === "Error" ? values[0] : `${entry.name}(${values.map(textOf).join(", ")})`;
  }
  return data;
}

/** An event's name and values, or null where the ABI does not know it. */
export async function eventOf(log, abi = []) {
  for (const entry of abi.filter(({ type, anonymous }) => type === "event" && !anonymous)) {
    if ((await hashOf(signature(entry))) !== log.topics[0]) continue;
    const [indexed, plain] = [entry.inputs.filter((one) => one.indexed), entry.inputs.filter((one) => !one.indexed)];
    const values = decode(plain, log.data.slice(2));
    const topics = indexed.map((type, at) => (isDynamic(type) ? log.topics[at + 1] : decodeOne(type, log.topics[at + 1].slice(2), 0)));
    return { name: entry.name, values: entry.inputs.map((one) => [one.name, one.indexed ? topics[indexed.indexOf(one)] : values[plain.indexOf(one)]]) };
  }
  return null;
}

/** A call's function and arguments, or null where the ABI does not know it. */
export async function functionOf(input, abi = []) {
  for (const entry of abi.filter(({ type }) => type === "function")) {
    if ((await selector(entry)) !== input.slice(0, 10)) continue;
    const values = decode(entry.inputs, input.slice(10));
    return { name: entry.name, values: entry.inputs.map((one, at) => [one.name, values[at]]) };
  }
  return null;
}

// A blob of zeros. Its polynomial is zero, so its commitment and its proofs are the point at infinity: no library of KZG
// is needed to make them.

import { createHash } from "node:crypto";

const infinity = `0xc0${"0".repeat(94)}`;

/** The blob, its commitment, its proof (EIP-4844), those of its cells (EIP-7594), and the hash that transactions name. */
export const zeros = {
  blob: `0x${"0".repeat(2 * 131_072)}`,
  commitment: infinity,
  proof: infinity,
  cellProofs: `0x${infinity.slice(2).repeat(128)}`,
  hash: `0x01${createHash("sha256").update(Buffer.from(infinity.slice(2), "hex")).digest("hex").slice(2)}`,
};

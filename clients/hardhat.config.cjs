// The network that Hardhat's helpers work on; its address comes with the environment.
module.exports = {
  solidity: "0.8.28",
  defaultNetwork: "parallax",
  networks: { parallax: { url: process.env.PARALLAX_URL ?? "http://127.0.0.1:8545" } },
};

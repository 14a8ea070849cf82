// Runs the npm package solc: {package, seconds, inputs} as JSON on standard input, {version, outputs}, {error} or {late}
// on standard output. The compiler works beside, so that its time can be bounded.
const { Worker } = require("node:worker_threads");

const work = () => {
  const { parentPort, workerData } = require("node:worker_threads");
  const solc = require(workerData.package);
  if (typeof solc.compile !== "function" || typeof solc.version !== "function") throw new Error("it is no solc");
  parentPort.postMessage({ version: solc.version(), outputs: workerData.inputs.map((input) => solc.compile(input)) });
};

// The first answer counts: a worker that has answered ends, which is told too.
let isAnswered = false;
const end = (answer) => {
  if (isAnswered) return;
  isAnswered = true;
  process.stdout.write(JSON.stringify(answer), () => process.exit(0));
};
const task = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const worker = new Worker(`(${work})()`, { eval: true, workerData: task });
worker.on("message", end);
worker.on("error", (error) => end({ error: `${error.message}`.split("\n")[0] }));
worker.on("exit", () => end({ error: "it ended without an answer" }));
setTimeout(() => end({ late: true }), task.seconds * 1000);

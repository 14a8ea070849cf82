// What workers could do who knew every conflict: list scheduling, the longest way to the end first.

/** Bars `{transaction, worker, start, end}` of an ideal schedule, in the unit of the costs. */
export function ideal(costs, conflicts, workers) {
  const after = costs.map(() => new Set());
  const waits = costs.map(() => 0);
  for (const { before, after: later } of conflicts) {
    if (after[before].has(later)) continue;
    after[before].add(later);
    waits[later] += 1;
  }
  const ahead = [...costs];
  for (let at = costs.length - 1; at >= 0; at--) {
    let longest = 0;
    for (const next of after[at]) longest = Math.max(longest, ahead[next]);
    ahead[at] += longest;
  }
  const ready = costs.map((_, at) => at).filter((at) => waits[at] === 0);
  const idle = Array.from({ length: workers }, (_, worker) => worker);
  const running = [];
  const bars = [];
  let now = 0;
  const takeBest = () => {
    let best = 0;
    for (let at = 1; at < ready.length; at++) {
      const [one, other] = [ready[at], ready[best]];
      if (ahead[one] > ahead[other] || (ahead[one] === ahead[other] && one < other)) best = at;
    }
    return ready.splice(best, 1)[0];
  };
  while (ready.length > 0 || running.length > 0) {
    while (ready.length > 0 && idle.length > 0) {
      const transaction = takeBest();
      const bar = { transaction, worker: idle.shift(), start: now, end: now + costs[transaction] };
      bars.push(bar);
      running.push(bar);
    }
    running.sort((a, b) => b.end - a.end || b.worker - a.worker);
    const bar = running.pop();
    now = bar.end;
    idle.push(bar.worker);
    idle.sort((a, b) => a - b);
    for (const next of after[bar.transaction]) if (--waits[next] === 0) ready.push(next);
  }
  return bars;
}

/**
 * A planted delay, for checking measuring instruments: one that is set to 5 ms has to be found as 5 ms. Timers alone
 * are late by up to a millisecond and more, so the last stretch is spent looking at the clock each turn of the event
 * loop: precise to about 0.1 ms, at the price of a busy processor. Never meant for anything else.
 */
export function plantedDelay(ms: number): Promise<void> {
  const endNs = process.hrtime.bigint() + BigInt(Math.round(ms * 1e6));
  return new Promise((resolve) => {
    const look = () => {
      if (process.hrtime.bigint() >= endNs) resolve();
      else setImmediate(look);
    };
    const wholeMs = Math.floor(ms) - 1;
    if (wholeMs > 0) setTimeout(look, wholeMs);
    else look();
  });
}

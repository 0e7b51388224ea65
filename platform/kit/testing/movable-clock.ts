/*
 * Loaded into a service before its code (`node --import`). Each SIGUSR2 moves all clocks of the process ahead by
 * MOVE_CLOCK_MS milliseconds, so that a test sees what happens later. The clocks of the stores stay.
 */
const stepMs = Number(process.env.MOVE_CLOCK_MS);
let aheadMs = 0;

const RealDate = globalThis.Date;
const realNow = RealDate.now.bind(RealDate);
const monotonicNow = performance.now.bind(performance);

class MovedDate extends RealDate {
  constructor(...parts: unknown[]) {
    if (parts.length === 0) super(realNow() + aheadMs);
    else super(...(parts as [number]));
  }

  static override now(): number {
    return realNow() + aheadMs;
  }
}

globalThis.Date = MovedDate as DateConstructor;
performance.now = () => monotonicNow() + aheadMs;
process.on('SIGUSR2', () => {
  aheadMs += stepMs;
});

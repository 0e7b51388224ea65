/** Replaces `Date` before the program loads. Timers and `performance.now` run as always, as on a machine whose time was set. */
const source = (offsetMs: number): string => `
const Real = Date;
globalThis.Date = new Proxy(Real, {
  construct: (target, args, type) =>
    Reflect.construct(target, args.length > 0 ? args : [Real.now() + ${offsetMs}], type),
  apply: () => new Real(Real.now() + ${offsetMs}).toString(),
  get: (target, name) => (name === 'now' ? () => Real.now() + ${offsetMs} : Reflect.get(target, name)),
});`;

/**
 * Options of Node for a program whose clock is ahead by this time.
 * @param offsetMs milliseconds; negative: behind
 */
export function movedClockOptions(offsetMs: number): string[] {
  return ['--import', `data:text/javascript,${encodeURIComponent(source(offsetMs))}`];
}

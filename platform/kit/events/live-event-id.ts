/**
 * Compares two ids of live events. Negative if `a` is older than `b`, 0 if they are equal.
 * @param a `<milliseconds>-<number>`
 */
export function compareEventIds(a: string, b: string): number {
  const [aMs = '0', aNumber = '0'] = a.split('-');
  const [bMs = '0', bNumber = '0'] = b.split('-');
  return Number(aMs) - Number(bMs) || Number(aNumber) - Number(bNumber);
}

/** When an event happened, by the clock of Redis, milliseconds since the epoch. */
export function timeOfEventId(id: string): number {
  return Number(id.split('-')[0]);
}

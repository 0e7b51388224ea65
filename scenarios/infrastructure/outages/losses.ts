/** Maximum number of losses named per response. */
const named = 5;

/**
 * What a response has lost since the one before: lists with fewer entries, values that are gone, numbers that became
 * zero. A program that hides a failure behind an empty result loses exactly these. Added and changed values are no loss.
 */
export function lossesSince(before: unknown, now: unknown): string[] {
  const found: string[] = [];
  compare(before, now, 'the body', found);
  return found.slice(0, named);
}

function compare(before: unknown, now: unknown, at: string, found: string[]): void {
  if (isEmpty(before)) return;
  if (isEmpty(now)) {
    found.push(`${at} is ${now === undefined ? 'missing' : JSON.stringify(now)}`);
    return;
  }
  if (Array.isArray(before)) {
    if (!Array.isArray(now)) found.push(`${at} is no list`);
    else if (now.length < before.length) found.push(`${at} has ${now.length} of ${before.length} entries`);
    return;
  }
  if (typeof before !== 'object' || before === null) return;
  for (const [name, value] of Object.entries(before))
    compare(value, (now as Record<string, unknown>)[name], at === 'the body' ? name : `${at}.${name}`, found);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

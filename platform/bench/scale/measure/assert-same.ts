import { isDeepStrictEqual } from 'node:util';

/** @throws Error when the two sides returned different results */
export function assertSame(ours: unknown, floor: unknown): void {
  if (!isDeepStrictEqual(ours, floor))
    throw new Error(`ours and the floor returned different results: ${shorten(ours)} and ${shorten(floor)}`);
}

function shorten(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 200);
}

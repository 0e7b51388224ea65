import type { TimeSlices } from '../time-slices.ts';

/** Number of items that are sorted at once. */
const runLength = 512;
/** Number of items after which the time is looked at. */
const stepLength = 128;

/**
 * Sorts the indexes 0 … length − 1 in slices of time: merge sort, from short runs to longer ones.
 * @param compare negative when the first index comes before the second; 0 for none
 */
export async function sortInSlices(
  length: number,
  compare: (a: number, b: number) => number,
  slices: TimeSlices,
): Promise<Uint32Array> {
  let from = new Uint32Array(length);
  for (let index = 0; index < length; index += 1) from[index] = index;
  for (let start = 0; start < length; start += runLength) {
    from.subarray(start, start + runLength).sort(compare);
    if (slices.isOver()) await slices.pause();
  }
  let to = new Uint32Array(length);
  for (let width = runLength; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width) {
      const merge = {
        from,
        to,
        start,
        middle: Math.min(start + width, length),
        end: Math.min(start + 2 * width, length),
      };
      await mergeRuns(merge, compare, slices);
    }
    [from, to] = [to, from];
  }
  return from;
}

interface Merge {
  from: Uint32Array;
  to: Uint32Array;
  /** The sorted runs begin here and in the middle. */
  start: number;
  middle: number;
  end: number;
}

async function mergeRuns(
  { from, to, start, middle, end }: Merge,
  compare: (a: number, b: number) => number,
  slices: TimeSlices,
): Promise<void> {
  let left = start;
  let right = middle;
  for (let at = start; at < end; at += 1) {
    const takesLeft =
      left < middle && (right >= end || compare(from[left] as number, from[right] as number) <= 0);
    to[at] = from[takesLeft ? left : right] as number;
    if (takesLeft) left += 1;
    else right += 1;
    if (at % stepLength === 0 && slices.isOver()) await slices.pause();
  }
}

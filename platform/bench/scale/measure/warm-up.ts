/** Number of times in a row that must be close to each other. */
const window = 3;
/** Maximum ratio of the largest to the smallest of them. */
const closeness = 1.3;
/** Differences below this are noise, milliseconds. */
const noiseMs = 2;
/** Maximum duration of a warm-up, milliseconds. */
const limitMs = 120_000;
/** Maximum wait for work in the background, milliseconds. */
const settleLimitMs = 60_000;

export interface WarmUp {
  /** Time of the first operation, milliseconds. */
  firstMs: number;
  /** Time from the first operation until the first one at the stable speed has ended, seconds. */
  firstUseS: number;
  /** False: still not stable at the limit. */
  isStable: boolean;
}

export interface WarmUpOptions {
  operation(): Promise<unknown>;
  /** Resolves when nothing works in the background. */
  settled?: ((limitMs: number) => Promise<void>) | undefined;
  /** Milliseconds. */
  clock(): number;
  signal: AbortSignal;
}

/** Whether the last times are close to each other. @param timesMs in order, milliseconds */
export function isStable(timesMs: readonly number[]): boolean {
  const last = timesMs.slice(-window);
  if (last.length < window) return false;
  const [min, max] = [Math.min(...last), Math.max(...last)];
  return max <= min * closeness || max - min <= noiseMs;
}

/**
 * Repeats an operation until its time is stable and remains so after all work in the background has ended: the first
 * use can start the building of an index that changes the time much later.
 */
export async function warmUp({ operation, settled, clock, signal }: WarmUpOptions): Promise<WarmUp> {
  const started = clock();
  const timesMs: number[] = [];
  const ends: number[] = [];
  const once = async () => {
    signal.throwIfAborted();
    const before = clock();
    await operation();
    const end = clock();
    timesMs.push(end - before);
    ends.push(end);
  };
  const isOver = () => clock() - started > limitMs;
  const until = async () => {
    do await once();
    while (!isStable(timesMs) && !isOver());
  };
  await until();
  if (settled !== undefined && !isOver()) {
    await settled(settleLimitMs);
    await until();
  }
  const firstStable = (ends[firstStableIndex(timesMs)] ?? clock()) - started;
  return { firstMs: timesMs[0] ?? 0, firstUseS: firstStable / 1000, isStable: isStable(timesMs) };
}

/** The first of the times at the end that are all close to the last one. */
function firstStableIndex(timesMs: readonly number[]): number {
  let index = timesMs.length - 1;
  while (
    index > 0 &&
    isStable([timesMs[index - 1] as number, timesMs.at(-1) as number, timesMs.at(-1) as number])
  )
    index -= 1;
  return index;
}

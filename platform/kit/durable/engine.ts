import type { Log } from '../observe/log.ts';

/** The engine. It keeps its state in its module: one per process. */
export type Engine = typeof import('@dbos-inc/dbos-sdk');

/** Loads the engine, which takes about 0.1 s of processor time. */
export async function loadEngine(): Promise<Engine> {
  const loaded: Engine & { default?: Engine } = await import('@dbos-inc/dbos-sdk');
  // In a bundle, a CommonJS package has a default export only.
  return loaded.default ?? loaded;
}

/** The engine's log within ours. Its notices of normal work are details here. */
export function engineLog(log: Log) {
  const write = (level: 'debug' | 'warn') => (entry: unknown) =>
    log[level]({ engine: 'dbos' }, String(entry));
  return { info: write('debug'), debug: write('debug'), warn: write('warn'), error: write('warn') };
}

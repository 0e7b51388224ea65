import type { z } from 'zod';
import type { DependencyState } from '../../contracts/operational.ts';
import { describeFailure } from './describe-failure.ts';
import { raceAbort } from './race-abort.ts';

/** Something a service cannot work without; asked by `/ready`. */
export interface Dependency {
  name: string;
  /** Resolves when the dependency answers; rejects with the reason. Must stop when the signal aborts. */
  check(signal: AbortSignal): Promise<void>;
}

/** Most time one dependency may take to answer `/ready`, milliseconds. */
export const dependencyLimitMs = 1000;

type State = z.output<typeof DependencyState>;

async function checkOne(dependency: Dependency): Promise<State> {
  const started = performance.now();
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(new Error(`no answer within ${dependencyLimitMs} ms`)),
    dependencyLimitMs,
  );
  const latency = () => Math.round((performance.now() - started) * 1000) / 1000;
  try {
    await raceAbort(dependency.check(limit.signal), limit.signal);
    return { status: 'ok', latency_ms: latency() };
  } catch (error) {
    return { status: 'failed', latency_ms: latency(), error: describeFailure(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Asks all dependencies at once. */
export async function checkDependencies(dependencies: readonly Dependency[]): Promise<Record<string, State>> {
  const states = await Promise.all(
    dependencies.map(async (dependency) => [dependency.name, await checkOne(dependency)] as const),
  );
  return Object.fromEntries(states);
}

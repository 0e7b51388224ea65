import type { z } from 'zod';
import type { DependencyState } from '../../contracts/operational.ts';
import { describeFailure } from './describe-failure.ts';
import { raceAbort } from './race-abort.ts';

/** Something that a service cannot work without. `/ready` tests it. */
export interface Dependency {
  name: string;
  /** Resolves when the dependency responds; rejects with the reason. Must stop when the signal aborts. */
  check(signal: AbortSignal): Promise<void>;
}

/** Maximum time for one dependency, milliseconds. */
export const dependencyLimitMs = 1000;

type State = z.output<typeof DependencyState>;

async function checkOne(dependency: Dependency): Promise<State> {
  const started = performance.now();
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(new Error(`no response within ${dependencyLimitMs} ms`)),
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

/** Tests all dependencies in parallel. */
export async function checkDependencies(dependencies: readonly Dependency[]): Promise<Record<string, State>> {
  const states = await Promise.all(
    dependencies.map(async (dependency) => [dependency.name, await checkOne(dependency)] as const),
  );
  return Object.fromEntries(states);
}

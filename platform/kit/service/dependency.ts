import type { z } from 'zod';
import type { DependencyState } from '../../contracts/operational.ts';

/** Something a service cannot work without; asked by `/ready`. */
export interface Dependency {
  name: string;
  /** Resolves when the dependency answers; rejects with the reason. Must stop when the signal aborts. */
  check(signal: AbortSignal): Promise<void>;
}

/** Most time one dependency may take to answer `/ready`, milliseconds. */
export const dependencyLimitMs = 1000;

/**
 * A sentence about a failed connection or query: for PostgreSQL the SQLSTATE and the server's message
 * (`28P01 password authentication failed for user "x"`), for the network the system's code and address.
 */
export function describeFailure(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describeFailure(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string' || error.message.startsWith(code)) return error.message || error.name;
  return error.message.includes(code) ? error.message : `${code} ${error.message}`;
}

type State = z.output<typeof DependencyState>;

async function checkOne(dependency: Dependency): Promise<State> {
  const started = performance.now();
  const limit = AbortSignal.timeout(dependencyLimitMs);
  let expire: (() => void) | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    expire = () => reject(new Error(`no answer within ${dependencyLimitMs} ms`));
    limit.addEventListener('abort', expire, { once: true });
  });
  const latency = () => Math.round((performance.now() - started) * 1000) / 1000;
  try {
    await Promise.race([dependency.check(limit), expired]);
    return { status: 'ok', latency_ms: latency() };
  } catch (error) {
    return { status: 'failed', latency_ms: latency(), error: describeFailure(error) };
  } finally {
    if (expire) limit.removeEventListener('abort', expire);
  }
}

/** Asks all dependencies at once. */
export async function checkDependencies(dependencies: readonly Dependency[]): Promise<Record<string, State>> {
  const states = await Promise.all(
    dependencies.map(async (dependency) => [dependency.name, await checkOne(dependency)] as const),
  );
  return Object.fromEntries(states);
}

import { z } from 'zod';
import type { EvidenceSink } from '../evidence/evidence-sink.ts';
import type { Attempt, LogLine, Shortfall } from '../evidence/facts.ts';
import type { CheckDefinition } from './check.ts';
import type { CheckContext } from './context.ts';
import { MissingCapability } from './failures/missing-capability.ts';
import { ProductFailure } from './failures/product-failure.ts';

/** What one attempt works with; disposing it keeps the remaining evidence and frees what the check opened. */
export interface CheckInstruments extends AsyncDisposable {
  readonly context: CheckContext;
  readonly traceIds: readonly string[];
}

export interface AttemptOptions {
  definition: CheckDefinition;
  timeoutMs: number;
  /** Aborts when the run is interrupted. */
  signal: AbortSignal;
  instruments(options: {
    check: CheckDefinition;
    signal: AbortSignal;
    evidence: EvidenceSink;
  }): Promise<CheckInstruments>;
  evidence: EvidenceSink & { readonly paths: readonly string[] };
  /** Log lines that bear on the attempt: of its traces, or warnings since it began. */
  logs(sinceMs: number, traceIds: readonly string[]): readonly LogLine[];
  /** Monotonic milliseconds. */
  now(): number;
}

const Observed = z.record(z.string(), z.json());

/** How long a check that was told to stop may take to let go, milliseconds. */
const letGoMs = 3_000;

/**
 * Runs a check once. Never throws: whatever happens becomes an attempt, and what went wrong becomes its
 * shortfall, told apart into the product's failure and the harness's.
 */
export async function attemptCheck(options: AttemptOptions): Promise<Attempt> {
  const { definition, evidence } = options;
  const startedAt = options.now();
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), options.timeoutMs);
  const signal = AbortSignal.any([limit.signal, options.signal]);
  let traceIds: readonly string[] = [];
  let observed: Attempt['observed'] = {};
  let shortfall: Shortfall | undefined;
  try {
    const instruments = await options.instruments({ check: definition, signal, evidence });
    traceIds = instruments.traceIds;
    try {
      observed = declaredOnly(await untilAborted(definition.run(instruments.context), signal), definition);
    } catch (error) {
      await keepFailure(evidence, error);
      throw error;
    } finally {
      await withinLimit(instruments[Symbol.asyncDispose](), letGoMs);
    }
  } catch (error) {
    shortfall = toShortfall(error, {
      interrupted: options.signal.aborted,
      timedOut: limit.signal.aborted,
      timeoutMs: options.timeoutMs,
    });
  } finally {
    clearTimeout(timer);
  }
  return {
    durationMs: Math.round(options.now() - startedAt),
    observed,
    ...(shortfall ? { shortfall } : {}),
    evidence: [...evidence.paths],
    logs: [...options.logs(startedAt, traceIds)],
  };
}

/** @throws when the check observed under a name it does not declare: nothing would ever judge that value. */
function declaredOnly(value: unknown, definition: CheckDefinition): Attempt['observed'] {
  const observed = Observed.parse(value);
  const undeclared = Object.keys(observed).filter((name) => !Object.hasOwn(definition.expects, name));
  if (undeclared.length > 0) throw new TypeError(`Observed without declaring it: ${undeclared.join(', ')}`);
  return observed;
}

function toShortfall(
  error: unknown,
  state: { interrupted: boolean; timedOut: boolean; timeoutMs: number },
): Shortfall {
  const message = error instanceof Error ? error.message : String(error);
  if (state.interrupted)
    return { kind: 'interrupted', message: 'The run was interrupted during this check.' };
  if (error instanceof MissingCapability)
    return { kind: 'missing-capability', message, ...(error.hint ? { hint: error.hint } : {}) };
  if (error instanceof ProductFailure) return { kind: 'subject-unreachable', message };
  if (state.timedOut) {
    return {
      kind: 'timeout',
      message: `No complete answer within ${state.timeoutMs / 1000} s (${message}).`,
    };
  }
  return { kind: 'threw', message: `${error instanceof Error ? error.name : 'Error'}: ${message}` };
}

async function keepFailure(evidence: EvidenceSink, error: unknown): Promise<void> {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  await evidence.write('failure.txt', `${text}\n`);
}

/** Rejects as soon as the signal aborts; the abandoned promise's later rejection is of no interest any more. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function withinLimit(work: PromiseLike<void>, limitMs: number): Promise<void> {
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(limit.resolve, limitMs);
  try {
    await Promise.race([work, limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}

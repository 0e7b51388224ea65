import { z } from 'zod';
import { raceAbort } from '../async/race-abort.ts';
import { timeLimit, waitAtMost } from '../async/time-limit.ts';
import type { EvidenceSink } from '../evidence/evidence-sink.ts';
import type { CheckFacts, LogLine, ServiceResponses, Shortfall } from '../evidence/facts.ts';
import type { CheckDefinition } from './check.ts';
import type { CheckContext } from './context.ts';
import { MissingCapability } from './failures/missing-capability.ts';
import { ProductFailure } from './failures/product-failure.ts';
import { brokeProtocol } from './failures/transport-code.ts';

/** What one check works with. Disposing it writes the remaining evidence and frees what the check opened. */
export interface CheckInstruments extends AsyncDisposable {
  readonly context: CheckContext;
  readonly traceIds: readonly string[];
  /** What the check saw of each service so far. */
  responses?(): readonly ServiceResponses[];
  /** What the check asked for and the platform does not offer, even if the check went on without it. */
  readonly missing?: MissingCapability | undefined;
  /** Names of the outside programs that have not exited: clients, generators, k6, test suites. */
  runningPrograms?(): readonly string[];
  /** What shows that the platform hangs at the moment; undefined when it responds. */
  findHang?(): Promise<string | undefined>;
}

export interface OpenCheckOptions {
  check: CheckDefinition;
  signal: AbortSignal;
  evidence: EvidenceSink;
}

export interface RunCheckOptions {
  definition: CheckDefinition;
  timeoutMs: number;
  /** Aborts when the run is interrupted. */
  signal: AbortSignal;
  instruments(options: OpenCheckOptions): Promise<CheckInstruments>;
  evidence: EvidenceSink & { readonly paths: readonly string[] };
  /** Log lines related to the check: those of its traces, or warnings since it started. */
  logs(sinceMs: number, traceIds: readonly string[]): readonly LogLine[];
  /** Monotonic milliseconds. */
  now(): number;
}

const Observed = z.record(z.string(), z.json());

/** Maximum time for a check's clean-up, milliseconds. */
const cleanUpLimitMs = 3_000;

/**
 * Runs a check once and returns its facts. Never throws: a failure becomes a shortfall, which separates failures of
 * the product from failures of the harness.
 */
export async function runCheck(options: RunCheckOptions): Promise<CheckFacts> {
  const { definition, evidence } = options;
  const startedAt = options.now();
  using limit = timeLimit(options.timeoutMs);
  const signal = AbortSignal.any([limit.signal, options.signal]);
  let traceIds: readonly string[] = [];
  let observed: CheckFacts['observed'] = {};
  let shortfall: Shortfall | undefined;
  let responses: readonly ServiceResponses[] = [];
  try {
    const instruments = await options.instruments({ check: definition, signal, evidence });
    traceIds = instruments.traceIds;
    try {
      signal.throwIfAborted();
      observed = declaredOnly(await raceAbort(definition.run(instruments.context), signal), definition);
      if (instruments.missing) throw instruments.missing;
    } catch (caught) {
      // What the check observed without a part of the platform says nothing about the platform.
      const error = instruments.missing ?? caught;
      if (instruments.missing) observed = {};
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const programs = limit.signal.aborted ? (instruments.runningPrograms?.() ?? []) : [];
      await evidence.write('failure.txt', `${text}\n`);
      if (programs.length === 0 || options.signal.aborted) throw error;
      throw programTimeout(programs, options.timeoutMs, await instruments.findHang?.());
    } finally {
      // A drill breaks the platform on purpose: what fails meanwhile explains nothing.
      if (definition.isolation !== 'drill') responses = instruments.responses?.() ?? [];
      await waitAtMost(cleanUpLimitMs, instruments[Symbol.asyncDispose]());
    }
  } catch (error) {
    shortfall = toShortfall(error, {
      interrupted: options.signal.aborted,
      timedOut: limit.signal.aborted,
      timeoutMs: options.timeoutMs,
    });
  }
  return {
    check: definition.id,
    durationMs: Math.round(options.now() - startedAt),
    observed,
    ...(shortfall ? { shortfall } : {}),
    evidence: [...evidence.paths],
    logs: [...options.logs(startedAt, traceIds)],
    ...(responses.length > 0 ? { responses: [...responses] } : {}),
  };
}

/** A program that the check runs has not finished in time, while the platform responded. */
class ProgramTimeout extends Error {}

/**
 * The time limit of a check that waits for an outside program says nothing about the platform: the program may hang
 * itself, or the machine may be slow. It counts as the product's failure only when the platform is seen to hang.
 */
function programTimeout(programs: readonly string[], limitMs: number, hang: string | undefined): Error {
  const what = `${programs.join(', ')} did not finish within ${limitMs / 1000} s`;
  if (hang !== undefined) return new ProductFailure(`${what}, and ${hang}.`);
  return new ProgramTimeout(
    `${what}, although the platform responded. The program hangs or this machine is too slow for it.`,
  );
}

/** What a response lacks was observed as missing: that is the product's failure, and no error of the check. */
function gapsAsNull(value: unknown): unknown {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return null;
  if (Array.isArray(value)) return value.map(gapsAsNull);
  if (typeof value !== 'object' || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, gapsAsNull(part)]));
}

/** @throws TypeError when the check observed a name it does not declare: the judge would ignore that value. */
function declaredOnly(value: unknown, definition: CheckDefinition): CheckFacts['observed'] {
  const observed = Observed.parse(gapsAsNull(value));
  const undeclared = Object.keys(observed).filter((name) => !Object.hasOwn(definition.expects, name));
  if (undeclared.length > 0)
    throw new TypeError(`The check does not declare these observations: ${undeclared.join(', ')}`);
  return observed;
}

function toShortfall(
  error: unknown,
  state: { interrupted: boolean; timedOut: boolean; timeoutMs: number },
): Shortfall {
  const message = error instanceof Error ? error.message : String(error);
  if (state.interrupted)
    return { kind: 'interrupted', message: 'The run was interrupted during this check.' };
  if (error instanceof MissingCapability) return error.toShortfall();
  if (error instanceof ProductFailure) return { kind: 'product-failure', message };
  if (brokeProtocol(error))
    return { kind: 'product-failure', message: `A client cannot read the response: ${message}` };
  if (error instanceof ProgramTimeout) return { kind: 'threw', message };
  if (state.timedOut) {
    return {
      kind: 'timeout',
      message: `No complete response within ${state.timeoutMs / 1000} s (${message}).`,
    };
  }
  return { kind: 'threw', message: `${error instanceof Error ? error.name : 'Error'}: ${message}` };
}

import type { ServiceContract } from '../../../contracts/service.ts';
import { type Client, createClient } from '../../../kit/peers/client.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { findStepRoute, type StepService } from '../api/step-route.ts';

export interface StepCall {
  service: string;
  action: string;
  /** With every placeholder filled in. */
  payload: { params?: unknown; query?: unknown; body?: unknown };
  trusted: boolean;
  /** Access token of who started the saga, when this process has it. */
  token: string | undefined;
  /** The same for all attempts of a step. */
  idempotencyKey: string;
  signal: AbortSignal;
}

/** Calls the route that a step names. */
export type CallStep = (call: StepCall) => Promise<unknown>;

export interface CallStepOptions {
  baseUrls: Readonly<Record<StepService, string>>;
  internalKey: string;
}

/** Longest wait for an answer, milliseconds; the step's own limit is shorter. */
const longestWaitMs = 3_700_000;
/** Most bytes of an answer that a saga keeps. */
const maxAnswerBytes = 1024 * 1024;
/** Refusals that time may heal. */
const passing: ReadonlySet<number> = new Set([408, 423, 425, 429]);

function isRetryable(error: PeerProblem): boolean {
  if (error.status === undefined) return true;
  // A success that could not be read has taken effect: repeating it would do it twice.
  return (error.status >= 500 && error.status !== 501) || passing.has(error.status);
}

function describe(name: string, error: PeerProblem): string {
  if (error.timedOut) return `${name} did not answer in time`;
  if (error.status === undefined) return `${name} could not be reached`;
  if (error.status < 300) return `${name} answered something outside its contract`;
  const airtable = (error.answer as { error?: unknown } | undefined)?.error;
  const own =
    typeof airtable === 'object' && airtable !== null
      ? (airtable as { message?: unknown }).message
      : airtable;
  const reason = error.problem?.message ?? (typeof own === 'string' ? own : undefined);
  const details = error.problem?.details?.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`) ?? [];
  return [`${name} answered ${error.status}`, ...(reason ? [reason] : []), ...details.slice(0, 5)].join(': ');
}

/** One part of the input of a call, as the contract reads it. */
function parsePayload(name: string, contract: ServiceContract, call: StepCall): Record<string, unknown> {
  const route = contract.routes[call.action];
  const input: Record<string, unknown> = {};
  for (const part of ['params', 'query', 'body'] as const) {
    const schema = route?.[part];
    if (schema === undefined) continue;
    const parsed = schema.safeParse(call.payload[part] ?? (part === 'body' ? undefined : {}));
    const issue = parsed.error?.issues[0];
    if (issue) {
      const place = [part, ...issue.path.map(String)].join('.');
      throw new StepFailure(`${name} cannot be called: ${place}: ${issue.message}`, { retryable: false });
    }
    input[part] = parsed.data;
  }
  // As a path segment they would lead to another route.
  for (const value of Object.values((input.params ?? {}) as Record<string, unknown>)) {
    if (value === '.' || value === '..')
      throw new StepFailure(`${name} cannot be called: params: is no id`, { retryable: false });
  }
  return input;
}

/** Makes the one way in which steps reach other services. */
export function createStepCaller({ baseUrls, internalKey }: CallStepOptions): CallStep {
  const clients = new Map<string, Client<ServiceContract>>();
  function clientOf(contract: ServiceContract): Client<ServiceContract> {
    const baseUrl = baseUrls[contract.name as StepService];
    const client =
      clients.get(contract.name) ??
      createClient(contract, { baseUrl, internalKey, timeoutMs: longestWaitMs, maxAnswerBytes });
    clients.set(contract.name, client);
    return client;
  }

  return async function callStep(call) {
    const name = `${call.service}.${call.action}`;
    const found = findStepRoute(call, { trusted: call.trusted });
    if ('refusal' in found) throw new StepFailure(found.refusal, { retryable: false });
    const { contract, route } = found;
    if (route.access === 'user' && call.token === undefined) {
      throw new StepFailure(
        `${name} needs the access token of who started the saga, which ended with the process that ran it`,
        { retryable: false },
      );
    }
    const input = parsePayload(name, contract, call);
    try {
      const answer = await clientOf(contract)[call.action]?.(input, {
        ...(route.access === 'user' && call.token !== undefined ? { token: call.token } : {}),
        signal: call.signal,
        headers: { 'idempotency-key': call.idempotencyKey },
      });
      return route.success.schema === undefined ? null : answer;
    } catch (error) {
      if (call.signal.aborted) throw error;
      if (!(error instanceof PeerProblem))
        throw new StepFailure(`${name} broke off its answer`, { retryable: true, cause: error });
      throw new StepFailure(describe(name, error), {
        retryable: isRetryable(error),
        ...(error.status === undefined ? {} : { status: error.status }),
        cause: error,
      });
    }
  };
}

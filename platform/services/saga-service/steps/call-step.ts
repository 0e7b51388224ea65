import type { ServiceContract } from '../../../contracts/service.ts';
import { AuthorityLost, type DelegatedTokens, type GrantRef } from '../../../kit/auth/delegated-tokens.ts';
import { type Client, createClient } from '../../../kit/peers/client.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { findStepRoute, type StepService } from './step-route.ts';

export interface StepCall {
  service: string;
  action: string;
  /** Without placeholders. */
  payload: { params?: unknown; query?: unknown; body?: unknown };
  trusted: boolean;
  /** The grant to act for the user who started the saga; undefined without one. */
  grant: GrantRef | undefined;
  /** Equal for all attempts of a step. */
  idempotencyKey: string;
  signal: AbortSignal;
}

/** Calls the route that a step names. */
export type CallStep = (call: StepCall) => Promise<unknown>;

export interface CallStepOptions {
  baseUrls: Readonly<Record<StepService, string>>;
  internalKey: string;
  tokens: DelegatedTokens;
}

/** Maximum wait for a response, milliseconds; the timeout of a step is shorter. */
const maxWaitMs = 3_700_000;
/** Maximum size of a response, bytes. */
const maxResponseBytes = 1024 * 1024;
/** Client errors that a later attempt may not get. */
const temporary: ReadonlySet<number> = new Set([408, 423, 425, 429]);

function isRetryable(error: PeerProblem): boolean {
  if (error.status === undefined || error.isStillRunning) return true;
  // An unreadable success has taken effect; another attempt would repeat the effect.
  return (error.status >= 500 && error.status !== 501) || temporary.has(error.status);
}

function describe(name: string, error: PeerProblem): string {
  if (error.timedOut) return `${name} did not respond in time`;
  if (error.status === undefined) return `${name} could not be reached`;
  if (error.status < 300) return `${name} responded outside its contract`;
  const airtable = (error.body as { error?: unknown } | undefined)?.error;
  const own =
    typeof airtable === 'object' && airtable !== null
      ? (airtable as { message?: unknown }).message
      : airtable;
  const reason = error.problem?.message ?? (typeof own === 'string' ? own : undefined);
  const details = error.problem?.details?.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`) ?? [];
  const parts = [
    `${name} responded with ${error.status}`,
    ...(reason ? [reason] : []),
    ...details.slice(0, 5),
  ];
  return parts.join(': ');
}

/** The input of a call, parsed by the contract. @throws StepFailure */
function parsePayload(name: string, contract: ServiceContract, call: StepCall): Record<string, unknown> {
  const route = contract.routes[call.action];
  const input: Record<string, unknown> = {};
  for (const part of ['params', 'query', 'body'] as const) {
    const schema = route?.[part];
    if (schema === undefined) continue;
    const parsed = schema.safeParse(call.payload[part] ?? (part === 'body' ? undefined : {}));
    const issue = parsed.error?.issues[0];
    if (issue) {
      const field = [part, ...issue.path.map(String)].join('.');
      throw new StepFailure(`${name} cannot be called: ${field}: ${issue.message}`);
    }
    input[part] = parsed.data;
  }
  // As a path segment it would address another route.
  for (const value of Object.values((input.params ?? {}) as Record<string, unknown>)) {
    if (value === '.' || value === '..')
      throw new StepFailure(`${name} cannot be called: params: "${value}" is not an id`);
  }
  return input;
}

/** Creates the function with which steps call other services. */
export function createStepCaller({ baseUrls, internalKey, tokens }: CallStepOptions): CallStep {
  const clients = new Map<string, Client<ServiceContract>>();
  function clientOf(contract: ServiceContract): Client<ServiceContract> {
    const baseUrl = baseUrls[contract.name as StepService];
    const client =
      clients.get(contract.name) ??
      createClient(contract, { baseUrl, internalKey, timeoutMs: maxWaitMs, maxResponseBytes });
    clients.set(contract.name, client);
    return client;
  }

  /** Calls with a fresh token of the user. Of the owner of the workspace only to delete what the saga created. */
  function withAuthority(
    name: string,
    { grant }: StepCall,
    send: (token: string) => Promise<unknown> | undefined,
  ): Promise<unknown> {
    if (grant === undefined) throw new StepFailure(`${name} needs the permission of its user, and has none`);
    return tokens.withToken(grant, async ({ token }) => send(token));
  }

  return async function callStep(call) {
    const name = `${call.service}.${call.action}`;
    const found = findStepRoute(call, { trusted: call.trusted });
    if ('reason' in found) throw new StepFailure(found.reason);
    const { contract, route } = found;
    const input = parsePayload(name, contract, call);
    const send = (token?: string) =>
      clientOf(contract)[call.action]?.(input, {
        ...(token === undefined ? {} : { token }),
        signal: call.signal,
        headers: { 'idempotency-key': call.idempotencyKey },
      });
    try {
      const response = await (route.access === 'user' ? withAuthority(name, call, send) : send());
      return route.success.schema === undefined ? null : response;
    } catch (error) {
      if (call.signal.aborted || error instanceof StepFailure) throw error;
      if (error instanceof AuthorityLost)
        throw new StepFailure(`${name}: ${error.message}`, { cause: error });
      if (!(error instanceof PeerProblem))
        throw new StepFailure(`${name} aborted its response`, { retryable: true, cause: error });
      throw new StepFailure(describe(name, error), {
        retryable: isRetryable(error),
        ...(error.status === undefined ? {} : { status: error.status }),
        cause: error,
      });
    }
  };
}

import { randomUUID } from 'node:crypto';
import { idempotencyOf } from '../../contracts/idempotency.ts';
import type { RouteSpec } from '../../contracts/route.ts';
import { nobody } from '../erasure/erased-table.ts';
import { problem } from '../http/problem.ts';
import type { RouteRequest } from '../http/route-request.ts';
import type { Database, EndableTransaction, Tenant, Transaction } from '../postgres/database.ts';
import { requestHash } from '../service/request-hash.ts';
import { currentScope, runInScope, type Scope } from '../service/scope.ts';
import { captureResponse } from './captured-response.ts';
import { type Decision, decide } from './decide.ts';
import { endWith } from './end-with.ts';
import { createPeerKeys, digestKey, type KeyDigests, type KeyOwner } from './idempotency-key.ts';
import { createKeyRows, type StoredKey } from './key-rows.ts';
import { type SentResponse, seal, thrownAgain, unseal } from './stored-response.ts';

export interface KeyedRequestsOptions {
  database: Database;
  /** Schema of the service's tables. */
  schema: string;
  /** A secret of the platform that is not in the database. */
  secret: string;
  /** How long a key is stored. */
  keptHours: number;
  /** Whether changes have their effect outside of the database. */
  isOutside?: boolean;
}

export interface KeyedRequest {
  spec: RouteSpec;
  key: string;
  request: RouteRequest;
  /** Resolves with the response; with undefined when it has been sent already. */
  work(): Promise<SentResponse | undefined>;
  /** Reads the content of a request whose body is a stream, without any effect. */
  contentOf: ((request: RouteRequest) => Promise<unknown>) | undefined;
}

export interface KeyedRequests {
  /**
   * Does the work of a request once, however often it is repeated with its key.
   * @returns the response; undefined when it has been sent already
   * @throws ProblemError `idempotency_key_reused`, `idempotency_key_in_use`; whatever the work throws
   */
  handle(keyed: KeyedRequest): Promise<SentResponse | undefined>;
  /**
   * The stored response of an earlier request, without doing the work.
   * @returns undefined when the key is not stored
   * @throws as `handle` does for a key that is taken
   */
  replay(keyed: Omit<KeyedRequest, 'work'>): Promise<SentResponse | undefined>;
  /** Deletes expired keys. */
  sweep(signal: AbortSignal): Promise<void>;
}

/** Number of keys that are deleted in one statement. */
const sweepBatch = 1_000;
/** Time that a claim outlasts the longest wait for its response, seconds. */
const leaseMarginS = 10;
const defaultTimeoutMs = 30_000;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The tenant and user to whom a key belongs. Calls of services belong to the tenant that they name. */
function tenantOfKey({ caller, body, query }: RouteRequest): Tenant {
  if (caller !== undefined) return { tenantId: caller.tenant_id, userId: caller.user_id };
  const named = [body, query].map((part) => (part as { tenant_id?: unknown } | undefined)?.tenant_id);
  const tenantId = named.find((id): id is string => typeof id === 'string' && uuid.test(id));
  return { tenantId: tenantId ?? nobody.id, userId: nobody.id };
}

/** One request with its key, prepared for statements. */
interface Context extends KeyOwner, KeyDigests {
  tenant: Tenant;
  /** Undefined until the content of a stream is known. */
  fingerprint: Buffer | undefined;
  fingerprintOf(content: unknown): Buffer;
  /** Time after which a claim is lost. */
  leaseS: number;
}

/** Keeps what requests with a key have done, in the database of their service. */
export function createKeyedRequests(options: KeyedRequestsOptions): KeyedRequests {
  const { database, secret } = options;
  const rows = createKeyRows(options.schema, options.keptHours);

  function contextOf({ spec, key, request }: Omit<KeyedRequest, 'work'>): Context {
    const tenant = tenantOfKey(request);
    const owner = { ...tenant, route: `${spec.method} ${spec.path}` };
    const { params, query, body } = request.raw;
    const fingerprintOf = (content: unknown) => requestHash({ params, query, content });
    // A route without a body may get one of a type that another route accepts, as a stream.
    const declared = spec.body === undefined && spec.bodyType === undefined ? undefined : body;
    return {
      tenant,
      ...owner,
      ...digestKey(secret, owner, key),
      fingerprint: idempotencyOf(spec) === 'content' ? undefined : fingerprintOf(declared),
      fingerprintOf,
      leaseS: (spec.timeoutMs ?? defaultTimeoutMs) / 1_000 + leaseMarginS,
    };
  }

  async function stateOf(tx: Transaction, context: Context) {
    const stored = await rows.find(tx, context);
    const state = stored && {
      fingerprint: stored.fingerprint ?? undefined,
      heldForS: stored.held_for_s ?? undefined,
    };
    return { stored, decision: decide(state, context.fingerprint) };
  }

  /** Begins a transaction and decides in it. The key stays locked until it ends. */
  async function begin(context: Context) {
    const transaction = await database.beginJoined(context.tenant);
    try {
      const { joined } = transaction;
      const locked = await rows.lock(joined, context);
      const { stored, decision } = await stateOf(joined, context);
      const free: Decision =
        decision.kind === 'run' && !locked ? { kind: 'running', retryAfterS: 1 } : decision;
      return { transaction, stored, decision: free };
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  }

  /** The response to a request whose key is taken. */
  async function earlier(
    { decision, stored }: { decision: Decision; stored: StoredKey | undefined },
    context: Context,
    { contentOf, request }: Omit<KeyedRequest, 'work'>,
  ): Promise<SentResponse> {
    if (decision.kind === 'running') {
      const headers = { 'retry-after': String(decision.retryAfterS) };
      throw problem('idempotency_key_in_use', { headers });
    }
    if (decision.kind === 'reused' || !stored?.response) throw problem('idempotency_key_reused');
    if (context.fingerprint === undefined && stored.fingerprint !== null && contentOf !== undefined) {
      const same = stored.fingerprint.equals(context.fingerprintOf(await contentOf(request)));
      if (!same) throw problem('idempotency_key_reused');
    }
    const response = unseal(stored.response, context.seal);
    if ('problem' in response) throw thrownAgain(response.problem);
    return { ...response.sent, headers: { ...response.sent.headers, 'idempotent-replayed': 'true' } };
  }

  /** Everything in one transaction. */
  async function once(keyed: KeyedRequest, context: Context): Promise<SentResponse | undefined> {
    const { transaction, ...found } = await begin(context);
    if (found.decision.kind !== 'run') {
      await transaction.rollback();
      return earlier(found, context, keyed);
    }
    const { joined } = transaction;
    const scope = { ...(currentScope() as Scope), joined, peerKeys: createPeerKeys(keyed.key) };
    return endWith({
      transaction: () => transaction,
      log: keyed.request.log,
      work: () => runInScope(scope, keyed.work),
      responseOf(sent) {
        if (sent) return sent;
        throw new Error(`${context.route} must not send its response itself: declare idempotency 'claim'`);
      },
      store: (response) => rows.store(joined, { ...context, response: seal(response, context.seal) }),
      forget: async () => {},
    });
  }

  /** A claim before the work, the response after it. */
  async function claimed(keyed: KeyedRequest, context: Context): Promise<SentResponse | undefined> {
    const { transaction: claiming, ...found } = await begin(context);
    if (found.decision.kind !== 'run') {
      await claiming.rollback();
      return earlier(found, context, keyed);
    }
    const claim = { ...context, holder: randomUUID() };
    try {
      await rows.claim(claiming.joined, claim);
    } catch (error) {
      await claiming.rollback();
      throw error;
    }
    await claiming.commit();

    const scope = { ...(currentScope() as Scope), peerKeys: createPeerKeys(keyed.key) };
    const { request } = keyed;
    let finishing: EndableTransaction | undefined;
    let discarded = false;
    request.claim = {
      async join(content) {
        if (content !== undefined) claim.fingerprint = context.fingerprintOf(content);
        finishing = await database.beginJoined(claim.tenant);
        if (!(await rows.holds(finishing.joined, claim)))
          throw problem('idempotency_key_in_use', { headers: { 'retry-after': '1' } });
        Object.assign(scope, { joined: finishing.joined });
      },
      discard() {
        discarded = true;
      },
    };
    const captured = captureResponse(request.reply.raw);
    return endWith({
      transaction: () => finishing,
      log: request.log,
      work: () => runInScope(scope, keyed.work),
      responseOf: (sent) => (discarded || request.reply.raw.destroyed ? undefined : (sent ?? captured())),
      store: (response) =>
        inLastTransaction((tx) => rows.complete(tx, { ...claim, response: seal(response, claim.seal) })),
      forget: () => inLastTransaction((tx) => rows.release(tx, claim)),
    });

    function inLastTransaction(work: (tx: Transaction) => Promise<void>): Promise<void> {
      return finishing?.joined.isOpen ? work(finishing.joined) : database.withTenant(claim.tenant, work);
    }
  }

  return {
    handle(keyed) {
      const context = contextOf(keyed);
      const isInside = idempotencyOf(keyed.spec) === 'transaction' && !options.isOutside;
      return isInside ? once(keyed, context) : claimed(keyed, context);
    },
    async replay(keyed) {
      const context = contextOf(keyed);
      const found = await database.withTenant(context.tenant, (tx) => stateOf(tx, context));
      return found.decision.kind === 'run' ? undefined : earlier(found, context, keyed);
    },
    async sweep(signal) {
      while (!signal.aborted && (await rows.sweep(database, sweepBatch)) === sweepBatch);
    },
  };
}

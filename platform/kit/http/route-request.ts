import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccessClaims } from '../../contracts/identity.ts';
import type { Log } from '../observe/log.ts';
import type { RequestRights } from '../rights/request-rights.ts';

type Parts = Pick<RouteRequest, 'params' | 'query' | 'headers' | 'body' | 'caller' | 'raw' | 'reply' | 'log'>;

/** The claim of an idempotency key, while its request runs. */
export interface KeyClaim {
  join(content?: unknown): Promise<void>;
  discard(): void;
}

/** The request that a handler receives. Every part has been validated against the contract. */
export class RouteRequest {
  readonly params: unknown;
  readonly query: unknown;
  /** Only those that the contract declares. */
  readonly headers: unknown;
  readonly body: unknown;
  /** Claims of the caller; only on routes of access `user`. */
  readonly caller: AccessClaims | undefined;
  readonly raw: FastifyRequest;
  readonly reply: FastifyReply;
  readonly log: Log;
  #rights: RequestRights | undefined;
  /** Where the request has an idempotency key that it has claimed. */
  claim: KeyClaim | undefined;
  #abort: AbortController | undefined;

  constructor(parts: Parts) {
    this.params = parts.params;
    this.query = parts.query;
    this.headers = parts.headers;
    this.body = parts.body;
    this.caller = parts.caller;
    this.raw = parts.raw;
    this.reply = parts.reply;
    this.log = parts.log;
  }

  /** What the caller may do; only on routes that need other rights than `self`. */
  get rights(): RequestRights {
    if (this.#rights === undefined) throw new Error('this route needs no rights, so none are known');
    return this.#rights;
  }

  set rights(judged: RequestRights | undefined) {
    this.#rights = judged;
  }

  /** The JSON body as it arrived; only on routes that keep it. */
  get bodyText(): string {
    const text = this.raw.bodyText;
    if (text === undefined) throw new Error('this route does not keep the text of its body');
    return text;
  }

  get requestId(): string {
    return this.raw.id;
  }

  /**
   * From here on, the database work of this request and its stored response are one transaction. For the last part of
   * the work on routes that claim an idempotency key; without a key it has no effect.
   * @param content of a body that arrives as a stream, to compare with that of a repetition
   * @throws ProblemError `idempotency_key_in_use` when the claim was lost
   */
  async joinResponse(content?: unknown): Promise<void> {
    await this.claim?.join(content);
  }

  /** The response that the handler sends itself reports a failure: a repetition must not get it. */
  discardResponse(): void {
    this.claim?.discard();
  }

  /** Aborts when the client disconnects before the response is complete. Created on demand: most handlers ignore it. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const controller = new AbortController();
      this.#abort = controller;
      const response = this.reply.raw;
      response.once('close', () => {
        if (!response.writableFinished) controller.abort(new Error('The client disconnected'));
      });
    }
    return this.#abort.signal;
  }
}

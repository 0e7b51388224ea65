import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccessClaims } from '../../contracts/identity.ts';
import type { Log } from '../observe/log.ts';

/** What a handler is given, without the types that its route lends it. */
export class RouteRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly caller: AccessClaims | undefined;
  readonly raw: FastifyRequest;
  readonly reply: FastifyReply;
  readonly log: Log;
  #abort: AbortController | undefined;

  constructor(
    parts: { params: unknown; query: unknown; body: unknown; caller: AccessClaims | undefined },
    context: { raw: FastifyRequest; reply: FastifyReply; log: Log },
  ) {
    this.params = parts.params;
    this.query = parts.query;
    this.body = parts.body;
    this.caller = parts.caller;
    this.raw = context.raw;
    this.reply = context.reply;
    this.log = context.log;
  }

  get requestId(): string {
    return this.raw.id;
  }

  /** Made on demand: most handlers never look at it. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const controller = new AbortController();
      this.#abort = controller;
      const response = this.reply.raw;
      response.once('close', () => {
        if (!response.writableFinished) controller.abort(new Error('The client went away'));
      });
    }
    return this.#abort.signal;
  }
}

import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { AccessClaims } from '../../contracts/identity.ts';
import type { RouteSpec } from '../../contracts/route.ts';
import type { ServiceContract } from '../../contracts/service.ts';
import type { Log } from '../observe/log.ts';

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

/** Without a schema a form arrives as its fields, and any other declared body type as the raw stream. */
type Body<R extends RouteSpec> = R['body'] extends z.ZodType
  ? z.output<R['body']>
  : R extends { bodyType: 'application/x-www-form-urlencoded' }
    ? Readonly<Record<string, string>>
    : R extends { bodyType: string }
      ? Readable
      : undefined;

/** What a handler is given. Every part has been validated against the contract. */
export interface HandlerRequest<R extends RouteSpec = RouteSpec> {
  readonly params: Parsed<R['params']>;
  readonly query: Parsed<R['query']>;
  readonly body: Body<R>;
  /** Who calls; only on routes of access `user`. */
  readonly caller: R['access'] extends 'user' ? AccessClaims : AccessClaims | undefined;
  readonly requestId: string;
  readonly log: Log;
  /** Aborts when the client goes away before the answer is complete. */
  readonly signal: AbortSignal;
  readonly raw: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Answers of routes without a schema: nothing (204, or the handler sent it itself), or bytes. */
type RawAnswer = Readable | Buffer | string | undefined;

export type Answer<R extends RouteSpec> = R['success'] extends { schema: infer S extends z.ZodType }
  ? z.input<S>
  : // biome-ignore lint/suspicious/noConfusingVoidType: a handler that answers nothing may simply end
    RawAnswer | void;

export type Handler<R extends RouteSpec = RouteSpec> = (request: HandlerRequest<R>) => Promise<Answer<R>>;

/** Handlers of a service by the contract's route names; a missing one answers 501. */
export type Handlers<C extends ServiceContract> = {
  readonly [K in keyof C['routes']]?: Handler<C['routes'][K]>;
};

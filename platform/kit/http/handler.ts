import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { AccessClaims } from '../../contracts/identity.ts';
import type { RouteSpec } from '../../contracts/route.ts';
import type { ServiceContract } from '../../contracts/service.ts';
import type { RouteRequest } from './route-request.ts';

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

/** Without a schema, a form arrives as its fields and any other declared body type as the raw stream. */
type Body<R extends RouteSpec> = R['body'] extends z.ZodType
  ? z.output<R['body']>
  : R extends { bodyType: 'application/x-www-form-urlencoded' }
    ? Readonly<Record<string, string>>
    : R extends { bodyType: string }
      ? Readable
      : undefined;

/** A request with the types of its route. */
export type HandlerRequest<R extends RouteSpec = RouteSpec> = Omit<
  RouteRequest,
  'params' | 'query' | 'headers' | 'body' | 'caller'
> & {
  readonly params: Parsed<R['params']>;
  readonly query: Parsed<R['query']>;
  readonly headers: Parsed<R['headers']>;
  readonly body: Body<R>;
  readonly caller: R['access'] extends 'user' ? AccessClaims : AccessClaims | undefined;
};

/** Result on routes without a schema: nothing (204, or the handler has responded itself), or bytes. */
type RawResult = Readable | Buffer | string | undefined;

type HandlerResult<R extends RouteSpec> = R['success'] extends { schema: infer S extends z.ZodType }
  ? z.input<S>
  : // biome-ignore lint/suspicious/noConfusingVoidType: a handler without a result may simply end
    RawResult | void;

export type Handler<R extends RouteSpec = RouteSpec> = (
  request: HandlerRequest<R>,
) => Promise<HandlerResult<R>>;

/** Handlers of a service by the contract's route names. A route without one responds with 501. */
export type Handlers<C extends ServiceContract> = {
  readonly [K in keyof C['routes']]?: Handler<C['routes'][K]>;
};

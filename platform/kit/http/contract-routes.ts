import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AccessClaims } from '../../contracts/identity.ts';
import { isUpload, type RouteSpec } from '../../contracts/route.ts';
import { type Authenticate, bearerToken, createInternalKeyCheck } from '../auth/access.ts';
import type { Log } from '../observe/log.ts';
import { runInScope, type Scope } from '../service/scope.ts';
import type { Handler, HandlerRequest } from './handler.ts';
import { problem } from './problem.ts';
import { RouteRequest } from './route-request.ts';
import { parsePart } from './validation.ts';

export interface ContractRoutesOptions {
  internalKey: string;
  authenticate: Authenticate | undefined;
  log: Log;
}

/** Adds a route of a contract to an app; without a handler it answers 501. */
export type AddRoute = (spec: RouteSpec, handler: Handler | undefined) => void;

type Guard = (spec: RouteSpec, request: FastifyRequest) => Promise<AccessClaims | undefined>;

/** Refuses who may not call a route; resolves with the claims of a user. */
function createGuard({ internalKey, authenticate }: ContractRoutesOptions): Guard {
  const hasInternalKey = createInternalKeyCheck(internalKey);
  return async (spec, request) => {
    if (spec.access === 'public') return undefined;
    if (spec.access === 'service') {
      if (!hasInternalKey(request.headers['x-internal-key'])) throw problem('forbidden');
      return undefined;
    }
    if (authenticate === undefined) throw new Error(`nobody can be let in at ${spec.path}`);
    return authenticate(bearerToken(request.raw));
  };
}

/**
 * Makes what adds routes: each guarded by its access, its parts parsed through the contract before the handler sees
 * them, and its answer before the caller does.
 */
export function contractRoutes(app: FastifyInstance, options: ContractRoutesOptions): AddRoute {
  const guard = createGuard(options);
  const { log } = options;
  return (spec, handler) => {
    async function handle(raw: FastifyRequest, reply: FastifyReply): Promise<unknown> {
      const caller = await guard(spec, raw);
      if (handler === undefined) throw problem('not_implemented');
      // Another route of the service may take this type, so that a parser let it in.
      const type = raw.headers['content-type'];
      if (spec.bodyType !== undefined && type !== undefined && !type.toLowerCase().startsWith(spec.bodyType))
        throw problem('unsupported_media_type');
      const request = new RouteRequest(
        {
          caller,
          params: spec.params && parsePart('params', spec.params, raw.params),
          query: spec.query && parsePart('query', spec.query, raw.query),
          body: spec.body ? parsePart('body', spec.body, raw.body) : raw.body,
        },
        { raw, reply, log },
      );
      const answer = await handler(request as HandlerRequest);
      if (reply.sent || reply.raw.headersSent) return reply;
      // A handler may have chosen another success status (206, 304) before returning.
      if (reply.statusCode === 200) reply.code(spec.success.status);
      const { schema, contentType } = spec.success;
      if (schema !== undefined) return reply.send(readAnswer(spec, answer));
      if (contentType !== undefined && !reply.hasHeader('content-type')) reply.type(contentType);
      return reply.send(answer);
    }

    app.route({
      method: spec.method,
      url: spec.path,
      config: { upload: isUpload(spec) },
      ...(spec.maxBodyBytes === undefined ? {} : { bodyLimit: spec.maxBodyBytes }),
      handler: (request, reply) => runInScope(scopeOf(request), () => handle(request, reply)),
    });
  };
}

/** The scope of a request: what peers and spans need, wherever they are started. */
function scopeOf(request: FastifyRequest): Scope {
  const header = request.headers.authorization;
  return {
    requestId: request.id,
    token: header?.startsWith('Bearer ') ? header.slice(7) : undefined,
    span: request.arrival.trace,
  };
}

/** Only what the contract declares leaves the service; an answer that breaks it is our fault, not the caller's. */
function readAnswer(spec: RouteSpec, answer: unknown): unknown {
  const parsed = spec.success.schema?.safeParse(answer);
  if (parsed?.success) return parsed.data;
  throw new Error(`The answer of ${spec.method} ${spec.path} breaks its contract: ${parsed?.error.message}`);
}

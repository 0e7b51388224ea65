import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { idempotencyOf, takesKey } from '../../contracts/idempotency.ts';
import type { AccessClaims } from '../../contracts/identity.ts';
import { isUpload, type RouteSpec } from '../../contracts/route.ts';
import { type Authenticate, bearerToken, createInternalKeyCheck, tokenOf } from '../auth/access.ts';
import { type PublicOrigin, withResourceMetadata } from '../auth/protected-resource.ts';
import { assertScope } from '../auth/token-scope.ts';
import { createPeerKeys, keyHeader, readKey } from '../idempotency/idempotency-key.ts';
import type { KeyedRequests } from '../idempotency/keyed-requests.ts';
import { keptHeadersOf, type SentResponse } from '../idempotency/stored-response.ts';
import type { Log } from '../observe/log.ts';
import { createRightsGuard, type RightsOptions } from '../rights/rights-guard.ts';
import { currentScope, runInScope, type Scope } from '../service/scope.ts';
import { readBracketQuery } from './bracket-query.ts';
import type { Handler, HandlerRequest } from './handler.ts';
import { ProblemError, problem } from './problem.ts';
import { RouteRequest } from './route-request.ts';
import { parsePart } from './validation.ts';

/**
 * Rejects requests that a token may not make although it has the route's scope. Runs after the contract has validated
 * the request.
 * @throws ProblemError `forbidden`
 */
export type Authorize = (spec: RouteSpec, request: HandlerRequest) => Promise<void> | void;

export interface ContractRoutesOptions {
  internalKey: string;
  authenticate: Authenticate | undefined;
  authorize: Authorize | undefined;
  /** Needed by routes that need rights other than `self`. */
  rights: RightsOptions | undefined;
  log: Log;
  /** Needed by routes with resource metadata. */
  publicOrigin: PublicOrigin | undefined;
  /** Needed by routes that store idempotency keys. */
  keyed: KeyedRequests | undefined;
}

/** Adds a route of a contract to an app. Without a handler it responds with 501. */
export type AddRoute = (spec: RouteSpec, handler: Handler | undefined, contentOf?: ContentOf) => void;

/** Reads the content of a request whose body is a stream, without any effect, to compare it with an earlier one. */
export type ContentOf = (request: HandlerRequest) => Promise<unknown>;

type UserRequest = RouteRequest & { readonly caller: AccessClaims };

type Guard = (spec: RouteSpec, request: FastifyRequest) => Promise<AccessClaims | undefined>;

/** Rejects requests that may not use a route. Resolves with the claims of a user. */
function createGuard({ internalKey, authenticate, publicOrigin }: ContractRoutesOptions): Guard {
  const hasInternalKey = createInternalKeyCheck(internalKey);
  return async (spec, request) => {
    if (spec.access === 'public') return undefined;
    if (spec.access === 'service') {
      if (!hasInternalKey(request.headers['x-internal-key'])) throw problem('forbidden');
      return undefined;
    }
    if (authenticate === undefined) throw new Error(`route ${spec.path} needs authenticate`);
    let claims: AccessClaims | undefined;
    try {
      claims = await authenticate(bearerToken(request.raw));
    } catch (error) {
      if (!spec.hasResourceMetadata || !(error instanceof ProblemError)) throw error;
      throw withResourceMetadata(error, publicOrigin?.(request.raw), spec.path);
    }
    const { act, user_id: userId, run } = claims;
    request.arrival.caller = { userId };
    if (act !== undefined) request.arrival.acting = { userId, service: act.sub, run };
    assertScope(spec, claims);
    return claims;
  };
}

/**
 * Returns a function that adds routes. Each route is guarded by its access. The contract validates the parts of a
 * request before the handler runs, and the response before it is sent.
 */
export function contractRoutes(app: FastifyInstance, options: ContractRoutesOptions): AddRoute {
  const guard = createGuard(options);
  const { log, authorize, keyed } = options;
  const judgeRights = options.rights && createRightsGuard(options.rights);
  return (spec, handler, contentOf) => {
    const kept = takesKey(spec) ? idempotencyOf(spec) : undefined;

    async function handle(raw: FastifyRequest, reply: FastifyReply): Promise<unknown> {
      const caller = await guard(spec, raw);
      if (handler === undefined) throw problem('not_implemented');
      // Another route of the service may accept this type, so a parser may exist for it.
      const type = raw.headers['content-type'];
      if (spec.bodyType !== undefined && type !== undefined && !type.toLowerCase().startsWith(spec.bodyType))
        throw problem('unsupported_media_type');
      const request = new RouteRequest({
        caller,
        params: spec.params && parsePart('params', spec.params, raw.params),
        query: spec.query && parsePart('query', spec.query, queryOf(spec, raw)),
        headers: spec.headers && parsePart('headers', spec.headers, raw.headers),
        body: spec.body ? parsePart('body', spec.body, raw.body) : raw.body,
        raw,
        reply,
        log,
      });
      const key = kept && readKey(raw.headers[keyHeader]);
      try {
        if (caller !== undefined) request.rights = await judgeRights?.(spec, request as UserRequest);
        await authorize?.(spec, request as HandlerRequest);
      } catch (error) {
        // What a first request has deleted does not exist for its repetition.
        const deletesAgain = key !== undefined && spec.method === 'DELETE' && error instanceof ProblemError;
        const sent = deletesAgain && (await keyed?.replay({ spec, key, request, contentOf: undefined }));
        if (sent) return sendStored(reply, sent);
        throw error;
      }
      if (key !== undefined && kept === 'forward')
        return runInScope({ ...(currentScope() as Scope), peerKeys: createPeerKeys(key) }, () =>
          respond(handler, request),
        );
      if (key === undefined) return respond(handler, request);
      if (keyed === undefined) throw new Error(`route ${spec.path} needs a database for its keys`);
      const sent = await keyed.handle({
        spec,
        key,
        request,
        work: () => responseTo(handler, request),
        contentOf: contentOf as ((request: RouteRequest) => Promise<unknown>) | undefined,
      });
      return sent === undefined ? reply : sendStored(reply, sent);
    }

    /** Does the work and returns its response, instead of sending it. Undefined when the handler has sent it. */
    async function responseTo(call: Handler, request: RouteRequest): Promise<SentResponse | undefined> {
      const { reply } = request;
      const result = await call(request as HandlerRequest);
      if (reply.sent || reply.raw.headersSent) return undefined;
      const { schema, contentType } = spec.success;
      if (schema === undefined && result !== undefined && typeof result !== 'string')
        throw new Error(`the response of ${spec.path} cannot be stored`);
      const body =
        schema === undefined ? (result as string | undefined) : JSON.stringify(parseResult(spec, result));
      const type = schema === undefined ? contentType : 'application/json; charset=utf-8';
      return {
        status: reply.statusCode === 200 ? spec.success.status : reply.statusCode,
        headers: { ...(type ? { 'content-type': type } : {}), ...keptHeadersOf(reply.getHeaders()) },
        ...(body === undefined ? {} : { body }),
      };
    }

    async function respond(call: Handler, request: RouteRequest): Promise<unknown> {
      const { reply } = request;
      const result = await call(request as HandlerRequest);
      if (reply.sent || reply.raw.headersSent) return reply;
      // The handler may have set another success status (206, 304).
      if (reply.statusCode === 200) reply.code(spec.success.status);
      const { schema, contentType } = spec.success;
      if (schema !== undefined) return reply.send(parseResult(spec, result));
      if (contentType !== undefined && !reply.hasHeader('content-type')) reply.type(contentType);
      return reply.send(result);
    }

    app.route({
      method: spec.method,
      url: spec.path,
      config: { upload: isUpload(spec), keepsText: spec.keepsText ?? false },
      ...(spec.maxBodyBytes === undefined ? {} : { bodyLimit: spec.maxBodyBytes }),
      handler: (request, reply) => runInScope(scopeOf(request), () => handle(request, reply)),
    });
  };
}

function sendStored(reply: FastifyReply, { status, headers, body }: SentResponse): FastifyReply {
  return reply.code(status).headers(headers).send(body);
}

function queryOf({ queryFormat }: RouteSpec, { query }: FastifyRequest): unknown {
  return queryFormat === 'brackets' ? readBracketQuery(query as Record<string, unknown>) : query;
}

function scopeOf(request: FastifyRequest): Scope {
  return {
    requestId: request.id,
    token: tokenOf(request.headers.authorization),
    span: request.arrival.trace,
  };
}

/** Drops fields that the contract does not declare. A result that violates the contract is an error of the service. */
function parseResult(spec: RouteSpec, result: unknown): unknown {
  const parsed = spec.success.schema?.safeParse(result);
  if (parsed?.success) return parsed.data;
  throw new Error(
    `The response of ${spec.method} ${spec.path} violates its contract: ${parsed?.error.message}`,
  );
}

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import {
  challengeWithMetadata,
  type PublicOrigin,
  withResourceMetadata,
} from '../../../kit/auth/protected-resource.ts';
import { closeUnlessComplete } from '../../../kit/http/discard-rest.ts';
import type { FastPathTools } from '../../../kit/http/fast-path.ts';
import { toProblem, writeProblem } from '../../../kit/http/problem-response.ts';
import type { ObservedRequest } from '../../../kit/observe/request-observer.ts';
import { formatTraceparent } from '../../../kit/observe/trace-context.ts';
import { SpanKind, startSpan } from '../../../kit/observe/tracing.ts';
import { type ForwardedRequest, forwardRequest } from '../upstream/forward-request.ts';
import { headersToService } from '../upstream/forwarded-headers.ts';
import { carriesBody, limitedBody } from '../upstream/request-body.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { AdmittedRequest, RequestPolicy, RouteAccess } from './request-policy.ts';
import { type ProxiedRoute, upstreamTarget } from './route-table.ts';

/** A route of the table with all that serving it needs. */
export interface RouteTarget extends RouteAccess {
  route: ProxiedRoute;
  upstream: Upstream;
}

type ProxyTools = FastPathTools & { policy: RequestPolicy; publicOrigin: PublicOrigin };

/** Status of a request whose client disconnects before the response; nginx's number, in metrics and log only. */
const clientDisconnectedStatus = 499;

/** One request on its way through the gateway to a service. */
export class ProxiedRequest {
  readonly #tools: ProxyTools;
  readonly #target: RouteTarget;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #socket: Socket;
  readonly #observed: ObservedRequest;
  readonly #arrivedAtMs = Date.now();
  /** Names and values in turn. */
  readonly #responseHeaders: string[];
  #forwarded: ForwardedRequest | undefined;

  constructor(tools: ProxyTools, target: RouteTarget, request: IncomingMessage, response: ServerResponse) {
    const { route } = target;
    this.#tools = tools;
    this.#target = target;
    this.#request = request;
    this.#response = response;
    this.#socket = request.socket;
    this.#observed = tools.observer.started({
      id: randomUUID(),
      method: route.method === 'GET' ? (request.method as string) : route.method,
      route: route.url,
      traceparent: request.headers.traceparent,
    });
    this.#responseHeaders = tools.policy.responseHeaders(request);
    this.#responseHeaders.push('x-request-id', this.#observed.id, 'x-trace-id', this.#observed.trace.traceId);
  }

  /** Never throws: every failure becomes a response. */
  handle(): void {
    const { bodyPace, policy } = this.#tools;
    const { route } = this.#target;
    const send = (admitted: AdmittedRequest) => this.#send(admitted);
    const reject = (error: unknown) => this.#reject(error);
    this.#response.once('close', () => this.#closed());
    bodyPace.watch(this.#request, this.#response, { upload: route.upload });
    try {
      const admitted = policy.admit(this.#target, this.#request, this.#responseHeaders);
      if (admitted instanceof Promise) admitted.then(send).catch(reject);
      else send(admitted);
    } catch (error) {
      reject(error);
    }
  }

  #send({ address, claims, token }: AdmittedRequest): void {
    // The client may have disconnected while its token or limit was looked up.
    if (this.#response.destroyed) return;
    this.#observed.caller = { userId: claims?.user_id, address };
    const { route, upstream } = this.#target;
    const { method, trace, id } = this.#observed;
    const hasBody = carriesBody(this.#request);
    const body = hasBody ? limitedBody(this.#request, this.#response, route.maxBodyBytes) : undefined;
    const span =
      this.#observed.span &&
      startSpan(`${method} ${route.service}`, {
        kind: SpanKind.CLIENT,
        parent: trace,
        attributes: { 'http.request.method': method, 'peer.service': route.service },
      });
    this.#forwarded = forwardRequest({
      method,
      response: this.#response,
      upstream,
      span,
      target: upstreamTarget(route, this.#request.url as string),
      headers: headersToService({
        rawHeaders: this.#request.rawHeaders,
        connection: this.#request.headers.connection,
        hasBody,
        requestId: id,
        traceparent: formatTraceparent(span?.spanContext() ?? trace),
        arrivedAtMs: this.#arrivedAtMs,
        address,
        claims,
        token,
      }),
      body,
      timeoutMs: route.timeoutMs,
      responseHeaders: this.#responseHeaders,
      challenge: route.metadataOf === undefined ? undefined : (given) => this.#challenge(given),
      reject: (error) => this.#reject(error),
    });
  }

  /** A service’s challenge with the metadata of the resource as the client knows it. */
  #challenge(given: string): string {
    const origin = this.#tools.publicOrigin(this.#request);
    const path = this.#target.route.metadataOf;
    return origin === undefined || path === undefined ? given : challengeWithMetadata(given, origin, path);
  }

  #reject(error: unknown): void {
    let rejection = toProblem(error);
    if (rejection.caller !== undefined) this.#observed.caller = rejection.caller;
    const { metadataOf } = this.#target.route;
    if (metadataOf !== undefined)
      rejection = withResourceMetadata(rejection, this.#tools.publicOrigin(this.#request), metadataOf);
    if (rejection.status >= 500 && rejection.cause !== undefined)
      this.#tools.observer.failed(this.#observed, rejection.cause);
    const exchange = {
      request: this.#request,
      response: this.#response,
      format: this.#target.route.problemFormat,
    };
    const headers = ['x-served-by', 'gateway', ...this.#responseHeaders];
    writeProblem(exchange, rejection, this.#observed.id, headers);
  }

  #closed(): void {
    const { bodyPace, observer } = this.#tools;
    if (!this.#response.writableFinished) this.#forwarded?.abort();
    bodyPace.forget(this.#request);
    // The service may respond before the body has arrived, and it may never arrive.
    closeUnlessComplete(this.#request, this.#socket);
    observer.completed(
      this.#observed,
      this.#response.headersSent ? this.#response.statusCode : clientDisconnectedStatus,
    );
  }
}

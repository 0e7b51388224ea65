import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  request,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { generateKeyPair, SignJWT } from 'jose';
import type { AccessClaims } from '../../../contracts/identity.ts';
import type { ServiceName } from '../../../contracts/service.ts';
import { openAuthentication } from '../../../kit/auth/authentication.ts';
import type { PaceOptions } from '../../../kit/http/body-pace.ts';
import { maxHeadBytes } from '../../../kit/http/url-length.ts';
import { createLog, type Log } from '../../../kit/observe/log.ts';
import { openRedis } from '../../../kit/redis/redis.ts';
import type { Authorities } from '../../../kit/rights/authorities.ts';
import { conventionalPorts, peerVariable, readConfig } from '../../../kit/service/config.ts';
import { createTestAuthorities } from '../../../kit/testing/test-authorities.ts';
import { buildApp } from '../app.ts';
import { configSchema } from '../config.ts';
import type { SocketLimits } from '../sockets/socket-connection.ts';

export const internalKey = 'internal-key-of-the-tests-0123456789';

export interface GatewayResponse {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests assert single fields of any response
  json: () => any;
}

export interface SendOptions {
  method?: string;
  headers?: Record<string, string | string[]>;
  body?: string;
  /** Loopback address to send from. */
  from?: string;
}

export interface RunningGateway extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Sends exactly the given request target. */
  send(target: string, options?: SendOptions): Promise<GatewayResponse>;
  /** An access token of a new user, or of the given one. */
  token(claims?: Partial<AccessClaims>): Promise<string>;
}

export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

export interface StartOptions {
  redisUrl: string;
  /** Listeners in place of the services; a service without an entry is a closed port. */
  services: Partial<Record<ServiceName, RequestListener>>;
  env?: Record<string, string>;
  pace?: PaceOptions;
  /** Default: every user owns one workspace, with the id of the tenant. */
  authorities?: Authorities;
  socketLimits?: Partial<SocketLimits>;
  log?: Log;
}

/** Starts a gateway on a free port, in front of real HTTP servers. */
export async function startGateway(options: StartOptions): Promise<RunningGateway> {
  const log = options.log ?? createLog({ service: 'gateway', level: 'silent' });
  const servers: Server[] = [];
  const env: Record<string, string> = {
    PORT: '0',
    INTERNAL_API_KEY: internalKey,
    REDIS_URL: options.redisUrl,
  };
  for (const name of Object.keys(conventionalPorts)) {
    // Port 9 is `discard`: nothing listens there, so connections are rejected.
    let port = 9;
    const listener = options.services[name as ServiceName];
    if (listener !== undefined) {
      const server = createServer({ maxHeaderSize: maxHeadBytes.service }, listener);
      servers.push(server);
      port = await listen(server);
    }
    env[peerVariable(name)] = `http://127.0.0.1:${port}`;
  }
  const config = readConfig(configSchema, { env: { ...env, ...options.env } });
  const keys = await generateKeyPair('ES256');
  const redis = openRedis({ url: options.redisUrl, log });
  const { authenticate, isRevoked, close } = openAuthentication({
    config,
    keys: { keyOf: async (kid) => (kid === 'test' ? keys.publicKey : undefined) },
    redis,
    log,
  });
  const authorities = options.authorities ?? createTestAuthorities();
  const app = buildApp({
    config,
    log,
    redis: redis.client,
    subscriber: redis.duplicate(),
    dependencies: [redis.dependency],
    authenticate,
    isRevoked,
    authorities,
    ...(options.socketLimits ? { socketLimits: options.socketLimits } : {}),
    ...(options.pace ? { pace: options.pace } : {}),
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async send(target, { method = 'GET', headers = {}, body, from } = {}) {
      return new Promise((resolve, reject) => {
        const outgoing = request(
          {
            port,
            host: '127.0.0.1',
            method,
            path: target,
            agent: false,
            ...(from ? { localAddress: from } : {}),
            headers,
          },
          (response) => {
            text(response).then(
              (content) =>
                resolve({
                  status: response.statusCode ?? 0,
                  headers: response.headers,
                  text: content,
                  json: () => JSON.parse(content),
                }),
              reject,
            );
          },
        );
        outgoing.once('error', reject);
        outgoing.end(body);
      });
    },
    async token(claims = {}) {
      const id = randomUUID();
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({
        user_id: id,
        email: 'someone@example.com',
        name: 'Someone',
        role: 'user',
        tenant_id: randomUUID(),
        session_id: randomUUID(),
        jti: randomUUID(),
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', kid: 'test', typ: 'at+jwt' })
        .setSubject(String(claims.user_id ?? id))
        .setIssuer(config.JWT_ISSUER)
        .setAudience(config.JWT_AUDIENCE)
        .setIssuedAt(now)
        .setExpirationTime(now + 900)
        .sign(keys.privateKey);
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      close();
      await redis.close();
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

/** Responds with the request it received: tests see what the gateway sent. */
export function mirror(name: string): RequestListener {
  return (incoming, response) => {
    text(incoming).then(
      (body) => {
        const { method, url, headers, rawHeaders } = incoming;
        response.setHeader('content-type', 'application/json');
        response.setHeader('x-served-by', name);
        response.setHeader('server', 'secret/1.2.3');
        response.setHeader('x-powered-by', 'secret');
        response.end(JSON.stringify({ method, url, headers, rawHeaders, body }));
      },
      () => response.destroy(),
    );
  };
}

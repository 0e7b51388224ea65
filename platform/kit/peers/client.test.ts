import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { route } from '../../contracts/route.ts';
import { service } from '../../contracts/service.ts';
import { problem } from '../http/problem.ts';
import { createLog } from '../observe/log.ts';
import { buildService } from '../service/build-service.ts';
import { backgroundScope, runInScope } from '../service/scope.ts';
import { testClaims } from '../testing/test-claims.ts';
import { createClient } from './client.ts';
import { PeerProblem } from './peer-problem.ts';

const contract = service({
  name: 'user-service',
  title: 'A peer',
  port: 8008,
  mounts: [],
  routes: {
    echo: route({
      method: 'POST',
      path: '/echo/:name',
      summary: 'Return what arrived',
      access: 'user',
      params: z.object({ name: z.string() }),
      query: z.object({ times: z.coerce.number() }),
      body: z.object({ text: z.string() }),
      success: {
        status: 200,
        description: 'What arrived',
        schema: z.object({ said: z.string(), traceparent: z.string(), requestId: z.string() }),
      },
    }),
  },
});

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function listening(app: FastifyInstance): Promise<string> {
  closers.push(() => app.close());
  return app.listen({ host: '127.0.0.1', port: 0 });
}

function peer(): FastifyInstance {
  return buildService(contract, {
    config: { INTERNAL_API_KEY: 'k'.repeat(32) },
    log: createLog({ service: 'peer', level: 'silent' }),
    dependencies: [],
    authenticate: (token) => {
      if (token !== 'users-token') throw problem('token_expired');
      return testClaims();
    },
    handlers: {
      echo: async ({ params, query, body, raw, requestId }) => ({
        said: `${params.name} ${body.text.repeat(query.times)}`,
        traceparent: String(raw.headers.traceparent),
        requestId,
      }),
    },
  });
}

describe('createClient', () => {
  it('forwards the caller’s token, request id and trace', async () => {
    const client = createClient(contract, { baseUrl: await listening(peer()) });
    const scope = backgroundScope({ requestId: 'request-0001', token: 'users-token' });
    const response = await runInScope(scope, () =>
      client.echo({ params: { name: 'a/b' }, query: { times: 2 }, body: { text: 'ho' } }),
    );
    expect(response).toEqual({
      said: 'a/b hoho',
      requestId: 'request-0001',
      traceparent: `00-${scope.span.traceId}-${scope.span.spanId}-01`,
    });
  });

  it('rejects with the code of the peer’s problem', async () => {
    const client = createClient(contract, { baseUrl: await listening(peer()) });
    const call = client.echo(
      { params: { name: 'x' }, query: { times: 1 }, body: { text: 'y' } },
      { token: 'old' },
    );
    await expect(call).rejects.toMatchObject({ status: 401, problem: { error: 'token_expired' } });
  });

  it('reports that a peer could not be reached or did not respond in time', async () => {
    const input = { params: { name: 'x' }, query: { times: 1 }, body: { text: 'y' } };
    const unreachable = createClient(contract, { baseUrl: 'http://127.0.0.1:1' });
    await expect(unreachable.echo(input)).rejects.toThrow('user-service could not be reached');

    const silent = createServer((_request: IncomingMessage) => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    closers.push(async () => {
      silent.closeAllConnections();
      silent.close();
    });
    const baseUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const slow = createClient(contract, { baseUrl, timeoutMs: 30 });
    await expect(slow.echo(input)).rejects.toMatchObject({ timedOut: true });
    const patient = createClient(contract, { baseUrl });
    await expect(patient.echo(input, { timeoutMs: 30 })).rejects.toMatchObject({ timedOut: true });
  });

  it('rejects a response that violates the contract', async () => {
    const wrongPeer = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end('{"said":1}');
    });
    await new Promise<void>((resolve) => wrongPeer.listen(0, '127.0.0.1', resolve));
    closers.push(async () => {
      wrongPeer.closeAllConnections();
      wrongPeer.close();
    });
    const client = createClient(contract, {
      baseUrl: `http://127.0.0.1:${(wrongPeer.address() as AddressInfo).port}`,
    });
    const call = client.echo({ params: { name: 'x' }, query: { times: 1 }, body: { text: 'y' } });
    await expect(call).rejects.toBeInstanceOf(PeerProblem);
  });
});

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt } from 'jose';
import type { AccessClaims } from '../../contracts/identity.ts';
import { type AuthorityLoss, authorityLosses, NewGrant } from '../../contracts/platform-services/grants.ts';
import { ownerAuthority } from './test-authorities.ts';
import { testClaims } from './test-claims.ts';
import type { TestSigner } from './test-signer.ts';

export interface ServedGrant {
  id: string;
  user: Pick<AccessClaims, 'user_id' | 'tenant_id'>;
  request: ReturnType<typeof NewGrant.parse>;
  /** Number of tokens made from it. */
  minted: number;
}

/**
 * Answers for platform-services where services run without it: grants, by the contract's own schema and with tokens of
 * the test signer; its public key; the rights of users. Every user owns one workspace, which has the id of the tenant.
 */
export interface GrantServer {
  /** The value of `PLATFORM_SERVICES_URL` for services. */
  readonly url: string;
  readonly grants: Map<string, ServedGrant>;
  /** Requests of all grants that were ever made, by id. */
  readonly created: Map<string, ServedGrant['request']>;
  /** Rejects tokens for a user from now on, or no longer. */
  lose(userId: string, loss: AuthorityLoss | undefined): void;
  stop(): Promise<void>;
}

const jwksPath = '/.well-known/jwks.json';

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}

export async function startGrantServer(signer: TestSigner): Promise<GrantServer> {
  const grants = new Map<string, ServedGrant>();
  const created = new Map<string, ServedGrant['request']>();
  const losses = new Map<string, AuthorityLoss>();

  function create(body: unknown): [number, unknown] {
    const request = NewGrant.parse(body);
    const user = decodeJwt(request.subject_token) as unknown as AccessClaims;
    const id = randomUUID();
    grants.set(id, { id, user, request, minted: 0 });
    created.set(id, request);
    const { service, purpose, run_id, workspace_id, scopes } = request;
    const times = { created_at: new Date().toISOString(), last_used_at: null, expires_at: null };
    return [201, { id, service, purpose, run_id, workspace_id, scopes, ...times, revoked_at: null }];
  }

  async function mint(grant: ServedGrant | undefined): Promise<[number, unknown]> {
    const common = { timestamp: new Date().toISOString(), request_id: 'test-request' };
    if (grant === undefined) return [404, { error: 'not_found', message: 'Not found', ...common }];
    const loss = losses.get(grant.user.user_id);
    if (loss !== undefined) {
      const details = [{ type: loss, loc: [], msg: authorityLosses[loss] }];
      return [403, { error: 'authority_lost', message: authorityLosses[loss], details, ...common }];
    }
    grant.minted += 1;
    const { user_id, tenant_id } = grant.user;
    const token = await signer.sign(testClaims({ user_id, sub: user_id, tenant_id, session_id: grant.id }));
    return [
      200,
      {
        access_token: token,
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: 300,
        scope: grant.request.scopes.join(' '),
        stands_in: false,
      },
    ];
  }

  async function respond(request: IncomingMessage): Promise<[number, unknown]> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    if (pathname === jwksPath) return [200, { keys: [signer.publicJwk] }];
    const user_id = /^\/internal\/users\/([^/]+)\/authority$/.exec(pathname)?.[1];
    if (user_id !== undefined)
      return [200, ownerAuthority({ user_id, tenant_id: searchParams.get('tenant_id') ?? '' })];
    const [, id = '', rest = ''] = /^\/internal\/grants\/?([^/]*)(.*)$/.exec(pathname) ?? [];
    if (request.method === 'DELETE') {
      grants.delete(id);
      return [204, undefined];
    }
    const body = await readJson(request);
    return rest === '/token' ? mint(grants.get(id)) : create(body);
  }

  const server = createServer((request, response) => {
    void respond(request).then(([status, body]) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    grants,
    created,
    lose(userId, loss) {
      if (loss === undefined) losses.delete(userId);
      else losses.set(userId, loss);
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { ProblemCode } from '../../../contracts/problem.ts';
import { envelope, problem } from '../../../kit/http/problem.ts';

export const known = { email: 'ada@example.com', password: 'correct horse' };

/** The token of every mail. */
export const mailToken = 'T'.repeat(43);

/** A session of the account that the visitor does not hold. */
export const phone = { id: '3f2a7a52-0000-4000-8000-000000000003', user_agent: 'Lost-Phone/1.0' };

export interface AccountServer extends AsyncDisposable {
  readonly url: string;
  /** Every request it has received, the latest last. */
  readonly requests: { method: string; url: string; headers: IncomingHttpHeaders; body: unknown }[];
  /** Makes all access tokens issued so far expire. */
  expireAccessTokens(): void;
  /** Makes the address of the account an unconfirmed one. */
  unverify(): void;
  /** Responds with this problem to all further requests, or to those whose path starts so; undefined ends that. */
  failWith(code: ProblemCode | undefined, path?: string): void;
}

const user = {
  id: '3f2a7a52-0000-4000-8000-000000000001',
  email: known.email,
  name: 'Ada <b>Lovelace</b>',
  first_name: null,
  last_name: null,
  role: 'user',
  tenant_id: '3f2a7a52-0000-4000-8000-000000000002',
  is_active: true,
  email_verified: true,
  created_at: '2025-08-07T12:00:00.000Z',
};

const ownSession = {
  id: user.id,
  user_agent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36',
};

const describeSession = (session: typeof ownSession) => ({
  ...session,
  address: '192.0.2.7',
  created_at: user.created_at,
  last_used_at: user.created_at,
  expires_at: user.created_at,
  current: session === ownSession,
});

/** An HTTP server in place of the gateway: its account routes, with one account and rotating refresh tokens. */
export async function startAccountServer(): Promise<AccountServer> {
  const requests: AccountServer['requests'] = [];
  /** Tokens with the session that they belong to. */
  const access = new Map<string, string>();
  const refresh = new Map<string, string>();
  const otherSessions = new Map([[phone.id, phone]]);
  let password = known.password;
  let isVerified = true;
  let failure: { code: ProblemCode; path: string } | undefined;

  function tokens(of: string = randomUUID()) {
    const issued = { access_token: `a.${randomUUID()}`, refresh_token: `r.${randomUUID()}` };
    access.set(issued.access_token, of);
    refresh.set(issued.refresh_token, of);
    return { ...issued, token_type: 'Bearer', expires_in: 900 };
  }
  const session = () => ({ ...tokens(), user, workspace_id: null });

  /** The session of a refresh token, which works once. */
  function takeRefresh(token: string): string {
    const of = refresh.get(token);
    if (of === undefined) throw problem('token_revoked');
    refresh.delete(token);
    return of;
  }

  function end(of: string | undefined): void {
    for (const tokensOfAll of [access, refresh])
      for (const [token, owner] of tokensOfAll) if (owner === of) tokensOfAll.delete(token);
  }

  function respond(
    method: string,
    url: string,
    headers: IncomingHttpHeaders,
    body: Readonly<Record<string, string | undefined>>,
  ): [number, unknown] {
    if (failure !== undefined && url.startsWith(failure.path)) throw problem(failure.code);
    switch (`${method} ${url}`) {
      case 'GET /health':
        return [
          200,
          { status: 'ok', service: 'gateway', version: '1', timestamp: user.created_at, uptime_s: 1 },
        ];
      case 'POST /api/auth/login':
        if (body.password !== password) throw problem('invalid_credentials');
        return [200, session()];
      case 'POST /api/auth/register':
        if (body.email === known.email) throw problem('duplicate_email');
        if ((body.password ?? '').length < 8)
          throw problem('validation_failed', {
            details: [{ type: 'too_small', loc: ['body', 'password'], msg: 'Too small' }],
          });
        return [201, session()];
      case 'POST /api/auth/forgot-password':
        return [202, undefined];
      case 'POST /api/auth/verify-email':
      case 'POST /api/auth/reset-password':
      case 'POST /api/auth/confirm-email-change':
      case 'POST /api/auth/undo-email-change':
        if (body.token !== mailToken) throw problem('not_found');
        if (body.new_password !== undefined && body.new_password.length < 8)
          throw problem('validation_failed', {
            details: [{ type: 'too_small', loc: ['body', 'new_password'], msg: 'Too small' }],
          });
        return [204, undefined];
      case 'POST /api/auth/refresh':
        return [200, tokens(takeRefresh(body.refresh_token ?? ''))];
    }
    if (!access.has(headers.authorization?.slice(7) ?? '')) throw problem('token_expired');
    switch (`${method} ${url}`) {
      case 'POST /api/auth/logout':
        end(access.get(headers.authorization?.slice(7) ?? ''));
        return [204, undefined];
      case 'GET /api/auth/me':
        return [200, { ...user, email_verified: isVerified }];
      case 'POST /api/websocket/ticket':
        return [201, { ticket: `ticket-${randomUUID()}`, expires_in: 30 }];
      case 'POST /api/auth/resend-verification':
        return [202, undefined];
      case 'POST /api/auth/change-email':
        if (body.current_password !== password) throw problem('invalid_credentials');
        if (body.new_email === known.email) throw problem('duplicate_email');
        return [202, undefined];
      case 'GET /api/workspaces':
        throw problem('not_implemented');
      case 'GET /api/auth/sessions':
        return [200, onePage([ownSession, ...otherSessions.values()].map(describeSession))];
      case `DELETE /api/auth/sessions/${url.split('/').at(-1)}`:
        if (!otherSessions.delete(url.split('/').at(-1) ?? '')) throw problem('not_found');
        return [204, undefined];
      case 'POST /api/auth/change-password':
        if ((body.new_password ?? '').length < 8)
          throw problem('validation_failed', {
            details: [{ type: 'too_small', loc: ['body', 'new_password'], msg: 'Too small' }],
          });
        if (body.current_password !== password) throw problem('invalid_credentials');
        password = body.new_password ?? '';
        otherSessions.clear();
        return [204, undefined];
      default:
        throw problem('not_found');
    }
  }

  const server: Server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    const hasBody = Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined;
    (hasBody ? json(request) : Promise.resolve({})).then((body) => {
      requests.push({ method, url, headers, body });
      response.setHeader('content-type', 'application/json');
      try {
        const [status, content] = respond(method, url, headers, body as Record<string, string>);
        response.writeHead(status).end(content === undefined ? undefined : JSON.stringify(content));
      } catch (error) {
        const rejection = error as ReturnType<typeof problem>;
        response.writeHead(rejection.status).end(JSON.stringify(envelope(rejection, 'request-1')));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    expireAccessTokens: () => access.clear(),
    unverify() {
      isVerified = false;
    },
    failWith(code, path = '/') {
      failure = code && { code, path };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** All sessions on one page. */
function onePage(sessions: readonly unknown[]): object {
  const page = { page: 1, page_size: 20, total: sessions.length, total_is_minimum: false, next_cursor: null };
  return { sessions, ...page };
}

import { setTimeout as pause } from 'node:timers/promises';
import {
  atLeast,
  defineCheck,
  type Exchange,
  empty,
  equals,
  measurement,
  ProductFailure,
} from '../../../harness/engine/index.ts';
import { loginWorks } from '../../authentication/check-fields.ts';
import { readToken } from '../../authentication/forgeries.ts';
import { login, refresh } from '../../authentication/requests.ts';
import { openSocket } from '../../kit/open-socket.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { furtherSecurity } from '../check-fields.ts';
import { doors, shutDoors } from './doors.ts';
import { expiryBreaks, lifetimeBreaks } from './lifetime-breaks.ts';

/** Documented maximum lifetimes. No access token lives longer than 15 minutes in any case. */
const maxAccessS = 900;
const maxSessionS = 30 * 24 * 3600;

export const lifetimesArePolicy = defineCheck({
  ...furtherSecurity,
  id: 'security.tokens.lifetimes-within-policy',
  title: 'Access tokens live 15 minutes at most, sessions 30 days',
  failureTitle: 'Tokens live longer than the policy allows',
  why: 'A stolen access token works until it expires. Lifetimes are the bound of every theft that nobody notices (ASVS 5.0 7.3.2, 9.2.1).',
  needs: [loginWorks, readyCheckId('frontend')],
  services: ['gateway', 'platform-services', 'frontend'],
  standards: ['ASVS 7.3.2', 'ASVS 9.2.1', 'API2'],
  remediation: {
    text: 'ACCESS_TOKEN_SECONDS of platform-services is at most 900, SESSION_DAYS at most 30. Every route that issues tokens takes exp from there.',
    effort: 'hours',
  },
  expects: { issued: equals(4), tooLong: empty(), announcedOtherwise: empty(), sessionsTooLong: empty() },
  run: async (context) => {
    const user = await context.account();
    const { address: from, email, password } = user;
    const second = await login(context, user);
    const refreshed = await refresh(context, user.refreshToken, from);
    const site = await context.http.request('frontend', '/api/auth/login', {
      method: 'POST',
      from,
      body: { email, password },
      headers: { origin: new URL(context.stack.services.frontend).origin },
    });
    const cookies = readMaxAges(site);
    const issued = [
      ['registration', user.accessToken, undefined],
      ['sign-in', textAt(second.json, 'access_token'), valueAt(second.json, 'expires_in')],
      ['refresh', textAt(refreshed.json, 'access_token'), valueAt(refreshed.json, 'expires_in')],
      ['site', cookies.get('access')?.value ?? '', undefined],
    ] as const;
    const tooLong: string[] = [];
    const announcedOtherwise: string[] = [];
    let read = 0;
    for (const [by, token, announced] of issued) {
      const lifetime = lifetimeOf(token);
      if (lifetime === undefined) continue;
      read += 1;
      if (!(lifetime <= maxAccessS)) tooLong.push(`${by}: ${lifetime} s`);
      if (announced !== undefined && announced !== lifetime)
        announcedOtherwise.push(`${by}: ${lifetime} s instead of ${announced} s`);
    }
    const sessions = await prepare(sendAs(context, user), 'GET', '/api/auth/sessions');
    const listed = (valueAt(sessions, 'sessions') ?? []) as { created_at: string; expires_at: string }[];
    const sessionsTooLong = listed
      .map(({ created_at, expires_at }) => (Date.parse(expires_at) - Date.parse(created_at)) / 1000)
      .filter((seconds) => !(seconds <= maxSessionS + 1))
      .map((seconds) => `${Math.round(seconds / 3600)} h`);
    for (const [name, limit] of [
      ['access', maxAccessS],
      ['refresh', maxSessionS],
    ] as const) {
      const age = cookies.get(name)?.maxAgeS;
      if (age !== undefined && !(age <= limit)) tooLong.push(`cookie ${name}: ${age} s`);
    }
    if (listed.length === 0) throw new ProductFailure('GET /api/auth/sessions lists no session.');
    return { issued: read, tooLong, announcedOtherwise, sessionsTooLong };
  },
  breaks: lifetimeBreaks,
});

/** Seconds from `iat` to `exp`; undefined for what is no token. */
function lifetimeOf(token: string): number | undefined {
  if (token.split('.').length !== 3) return undefined;
  const { exp, iat } = readToken(token).claims;
  // Without one of them a token has no end.
  return typeof exp === 'number' && typeof iat === 'number' ? exp - iat : Number.POSITIVE_INFINITY;
}

/** Session cookies by the last part of their names. */
function readMaxAges({ headers }: Exchange): Map<string, { value: string; maxAgeS: number | undefined }> {
  return new Map(
    (headers['set-cookie'] ?? '').split('\n').flatMap((line) => {
      const found = /^[^=;]*_(\w+)=([^;]*)/.exec(line);
      const age = /;\s*max-age=(\d+)/i.exec(line)?.[1];
      return found
        ? [[found[1] ?? '', { value: found[2] ?? '', maxAgeS: age === undefined ? undefined : Number(age) }]]
        : [];
    }),
  );
}

/** Lifetime of the key, milliseconds: enough to see it work before, beside the other checks of a run. */
const keyLifetimeMs = 8_000;
/** Maximum time after the expiry until every door is shut, milliseconds. */
const expiryLagMs = 3_000;
const keyScopes = ['user.email:read', 'schema.bases:read', 'assistant:use'];
const doorsOfKeys = doors.filter(({ name }) =>
  ['gateway /api/v1', 'gateway /v0', 'gateway MCP', 'gateway event stream', 'gateway WebSocket'].includes(
    name,
  ),
);

export const keysExpire = defineCheck({
  ...furtherSecurity,
  id: 'security.tokens.api-keys-expire',
  users: 1,
  title: 'An API key stops working when it expires',
  failureTitle: 'An expired API key works',
  why: 'An expiry that nobody tests is a promise only: keys lie around in scripts for years (ASVS 5.0 9.2.1).',
  severity: 'blocker',
  needs: [loginWorks, ...(['airtable-gateway', 'mcp-server', 'llm-orchestrator'] as const).map(readyCheckId)],
  services: [
    'gateway',
    'platform-services',
    'airtable-gateway',
    'mcp-server',
    'llm-orchestrator',
    'user-service',
  ],
  standards: ['ASVS 9.2.1', 'API2'],
  remediation: {
    text: 'The exchange at /internal/tokens/exchange compares expires_at and limits exp of the access token to it. The gateway ends WebSockets whose credential has expired.',
    effort: 'hours',
  },
  expects: {
    keyLeftBefore: measurement(atLeast(1, 'ms')),
    shutBefore: empty(),
    openAfterExpiry: empty(),
    socketAfterExpiry: equals('closed'),
    sessionShut: empty(),
  },
  run: async (context) => {
    const user = await context.account();
    const { address: from } = user;
    const expiresAt = Date.now() + keyLifetimeMs;
    const made = await prepare(sendAs(context, user), 'POST', '/api/auth/tokens', {
      name: context.unique('short'),
      scopes: keyScopes,
      expires_at: new Date(expiresAt).toISOString(),
    });
    const key = { token: textAt(made, 'token'), from };
    const [shutBefore, socket] = await Promise.all([
      shutDoors(context, key, doorsOfKeys),
      openSocket(context, { token: key.token }),
    ]);
    const keyLeftBefore = expiresAt - Date.now();
    await pause(Math.max(0, keyLeftBefore), undefined, { signal: context.signal });
    const openNow = async () => {
      const shut = await shutDoors(context, key, doorsOfKeys);
      const names = new Set(shut.filter((line) => line.includes(': 401')).map((line) => line.split(':')[0]));
      return doorsOfKeys.map(({ name }) => name).filter((name) => !names.has(name));
    };
    const isEmpty = (names: readonly string[]) => names.length === 0;
    const openAfterExpiry = await pollUntil(openNow, isEmpty, context, expiryLagMs);
    const socketAfterExpiry = await pollUntil(
      () => stateOf(socket),
      (state) => state === 'closed',
      context,
      expiryLagMs,
    );
    socket.close();
    return {
      keyLeftBefore,
      shutBefore,
      openAfterExpiry,
      socketAfterExpiry,
      sessionShut: await shutDoors(context, { token: user.accessToken, from }, doorsOfKeys),
    };
  },
  breaks: expiryBreaks,
});

async function stateOf(socket: Awaited<ReturnType<typeof openSocket>>): Promise<'open' | 'closed'> {
  try {
    await socket.settled();
    return 'open';
  } catch (error) {
    if (error instanceof ProductFailure) return 'closed';
    throw error;
  }
}

import { createHash } from 'node:crypto';
import { atLeast, atMost, type CheckContext, defineCheck, empty } from '../../../harness/engine/index.ts';
import { ticketSeconds } from '../../../platform/contracts/gateway/sockets.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { furtherSecurity } from '../check-fields.ts';
import { type Handshake, shakeHands } from '../tokens/socket-handshake.ts';

export const handshakesAreGuarded = defineCheck({
  ...furtherSecurity,
  id: 'security.sessions.websocket-handshake-guarded',
  users: 1,
  title: 'Only own pages and users open a WebSocket',
  failureTitle: 'A foreign page or a stranger can open a WebSocket',
  why: 'Browsers let any page open a WebSocket to any host. Without the test of origin and user, a foreign page listens along (ASVS 5.0 4.4.2, 4.4.3).',
  needs: [registrationWorks, readyCheckId('frontend')],
  requires: ['redis-admin'],
  services: ['gateway', 'platform-services', 'frontend'],
  standards: ['ASVS 4.4.2', 'ASVS 4.4.3', 'API2'],
  remediation: {
    text: 'Compare Origin with CORS_ORIGINS and the own host before the upgrade, close a connection whose first frame is not auth, and take tickets out of Redis with their first use.',
    effort: 'hours',
  },
  expects: {
    ownShut: empty(),
    foreignOrigins: empty(),
    withoutUser: empty(),
    tickets: empty(),
    ticketLifetime: atMost(ticketSeconds, 's'),
    ticketBits: atLeast(128, 'bits'),
  },
  run: async (context) => {
    const user = await context.account();
    const { accessToken: token, address: from } = user;
    const send = sendAs(context, user);
    const { gateway, frontend } = context.stack.services;
    const own = new URL(gateway);
    const shake = (handshake: Omit<Handshake, 'from'>) => shakeHands(context, { ...handshake, from });
    const auth = { type: 'auth', token };
    const subscribe = { type: 'subscribe', channels: ['account'] };

    const ownShut: string[] = [];
    for (const origin of [undefined, own.origin, new URL(frontend).origin]) {
      const headers = origin === undefined ? {} : { origin };
      const { status, first } = await shake({ headers, frame: auth });
      if (first !== 'authenticated') ownShut.push(`${origin ?? 'no origin'}: ${status} ${first}`);
    }
    const foreignOrigins: string[] = [];
    for (const origin of [
      'http://evil.example',
      'null',
      `${own.origin}.evil.example`,
      `http://evil.example/${own.host}`,
      `http://${own.host}@evil.example`,
      `${own.protocol}//${own.hostname}:1`,
    ]) {
      const { status } = await shake({ headers: { origin }, frame: auth });
      if (status !== 403) foreignOrigins.push(`${origin}: ${status}`);
    }
    const withoutUser: string[] = [];
    for (const [name, handshake] of [
      ['no token', { frame: subscribe }],
      ['token in the URL', { path: `/ws?token=${token}&access_token=${token}`, frame: subscribe }],
      ['token in a cookie', { headers: { cookie: `__Host-pyairtable_access=${token}` }, frame: subscribe }],
      ['empty token', { frame: { ...auth, token: '' } }],
      ['session of another', { path: '/ws?session_id=somebody', frame: subscribe }],
    ] as const) {
      const { status, first } = await shake(handshake);
      if (first !== 'closed') withoutUser.push(`${name}: ${status} ${first}`);
    }
    const { tickets, lifetime, bits } = await tryTickets(context, {
      issue: async () => textAt(await prepare(send, 'POST', '/api/websocket/ticket'), 'ticket'),
      use: async (ticket) => (await shake({ path: `/ws?ticket=${ticket}` })).first,
    });
    return { ownShut, foreignOrigins, withoutUser, tickets, ticketLifetime: lifetime, ticketBits: bits };
  },
  breaks: [
    {
      defect: 'The gateway lets pages of every origin connect.',
      changes: [
        {
          kind: 'source',
          file: 'platform/services/gateway/sockets/socket-server.ts',
          find: "    if (!mayConnect(request)) return reject(socket, '403 Forbidden');\n",
          replace: '    if (!mayConnect(request)) log.warn({}, "foreign origin");\n',
        },
      ],
      violates: ['foreignOrigins'],
    },
    {
      defect: 'A ticket works until it expires.',
      changes: [
        {
          kind: 'source',
          file: 'platform/services/gateway/sockets/tickets.ts',
          find: 'await redis.getdel(keyOf(ticket))',
          replace: 'await redis.get(keyOf(ticket))',
        },
      ],
      violates: ['tickets'],
    },
    {
      defect: 'Tickets work for an hour.',
      changes: [
        {
          kind: 'source',
          file: 'platform/services/gateway/sockets/tickets.ts',
          find: "'EX', ticketSeconds)",
          replace: "'EX', 3600)",
        },
      ],
      violates: ['ticketLifetime'],
    },
  ],
});

/** Number of tickets that are compared. */
const samples = 60;

/** Tickets that nobody may use, the lifetime of one in Redis in seconds, and how random they are. */
async function tryTickets(
  { redis }: Pick<CheckContext, 'redis'>,
  { issue, use }: { issue(): Promise<string>; use(ticket: string): Promise<string> },
): Promise<{ tickets: string[]; lifetime: number; bits: number }> {
  const tickets: string[] = [];
  const issued = await Promise.all(Array.from({ length: samples }, issue));
  const [used = '', expired = ''] = issued;
  const key = `socket-ticket:${createHash('sha256').update(expired).digest('base64url')}`;
  const client = redis();
  const ttl = await client.ttl(key);
  await client.expire(key, 0);
  const first = await use(used);
  if (first !== 'authenticated') tickets.push(`a fresh one: ${first}`);
  for (const [name, ticket] of [
    ['a used one', used],
    ['an expired one', expired],
    ['an unknown one', createHash('sha256').update(used).digest('base64url')],
  ] as const) {
    const seen = await use(ticket);
    if (seen !== 'closed') tickets.push(`${name}: ${seen}`);
  }
  if (new Set(issued).size < issued.length) tickets.push('two are the same');
  // A ticket without an end, and one that is stored elsewhere, count as too long.
  return { tickets, lifetime: ttl > 0 ? ttl : Number.MAX_SAFE_INTEGER, bits: randomBits(issued) };
}

/**
 * A lower bound of the random bits in identifiers of the same form: by the number of different characters at each
 * place. Identifiers that count, or contain the time, have few.
 */
export function randomBits(identifiers: readonly string[]): number {
  const length = Math.min(...identifiers.map((one) => one.length));
  let bits = 0;
  for (let at = 0; at < length; at += 1) bits += Math.log2(new Set(identifiers.map((one) => one[at])).size);
  return Math.floor(bits);
}

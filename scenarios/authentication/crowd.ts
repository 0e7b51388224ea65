import type { CheckContext, Exchange } from '../../harness/engine/index.ts';
import { toAirtableUserId } from '../../platform/contracts/airtable-gateway/user-id.ts';
import { Session } from '../../platform/contracts/platform-services/authentication.ts';
import type { ServiceName } from '../../platform/contracts/service.ts';
import { servedBy, summary } from '../kit/response.ts';
import { textAt } from '../kit/shape.ts';
import { postAuth } from './requests.ts';

/** One of many concurrent users, each with its own source address. */
export interface Person {
  email: string;
  password: string;
  from: string;
}

export interface PersonSession {
  person: Person;
  session: Session;
}

/** Time limit of one request, milliseconds. Password hashes queue up on a small machine. */
const requestLimitMs = 40_000;

export function crowdOf({ unique, newAddress }: CheckContext, size: number): Person[] {
  return Array.from({ length: size }, () => ({
    email: `${unique('crowd')}@readiness.example`,
    password: 'correct horse battery staple',
    from: newAddress(),
  }));
}

/** Sends one request per person, all concurrently. */
export function sendAll(
  context: CheckContext,
  people: readonly Person[],
  route: 'register' | 'login',
): Promise<Exchange[]> {
  return Promise.all(
    people.map(({ email, password, from }) =>
      postAuth(
        context,
        route,
        { email, password, ...(route === 'register' ? { name: 'Crowd' } : {}) },
        { from, timeoutMs: requestLimitMs },
      ),
    ),
  );
}

/** The people whose response has the status and a session. The responses are in the order of the people. */
export function sessionsOf(
  people: readonly Person[],
  responses: readonly Exchange[],
  status: number,
): PersonSession[] {
  return people.flatMap((person, index) => {
    const response = responses[index];
    const session = Session.safeParse(response?.json);
    return response?.status === status && session.success ? [{ person, session: session.data }] : [];
  });
}

/**
 * One request per service that accepts a token and changes nothing; where the response names the user, `user` reads
 * it. Each goes to the service directly, so that the service itself must verify the token; only the gateway's own
 * request passes through the gateway.
 */
const ownRequests: readonly {
  service: ServiceName;
  path: string;
  user?: (json: unknown) => string;
  /** The form of a user's id in the response. */
  idOf?: (id: string) => string;
}[] = [
  { service: 'gateway', path: '/api/auth/me', user: (json) => textAt(json, 'id') },
  { service: 'platform-services', path: '/auth/me', user: (json) => textAt(json, 'id') },
  { service: 'user-service', path: '/users/me', user: (json) => textAt(json, 'id') },
  {
    service: 'airtable-gateway',
    path: '/v0/meta/whoami',
    user: (json) => textAt(json, 'id'),
    idOf: toAirtableUserId,
  },
  { service: 'mcp-server', path: '/tools' },
  { service: 'llm-orchestrator', path: '/sessions' },
  { service: 'file-service', path: '/files' },
  { service: 'saga-service', path: '/saga' },
  { service: 'automation-services', path: '/workflows' },
];

/** Number of token uses per person. */
export const usesPerToken = ownRequests.length;

/** Uses every token at every service. @returns the number of accepted uses, and the problems of the others. */
export async function useEverywhere(
  { http }: CheckContext,
  sessions: readonly PersonSession[],
): Promise<{ accepted: number; rejected: string[] }> {
  const rejected: string[] = [];
  let accepted = 0;
  for (const { service, path, user, idOf = String } of ownRequests) {
    await Promise.all(
      sessions.map(async ({ person, session }) => {
        const response = await http.request(service, path, {
          token: session.access_token,
          from: person.from,
        });
        const ownId = idOf(session.user.id);
        const userId = user?.(response.json) ?? ownId;
        const expected = service === 'gateway' ? 'platform-services' : service;
        if (response.status === 200 && servedBy(response) === expected && userId === ownId) accepted += 1;
        else rejected.push(`${service} ${path}: ${summary(response)}`);
      }),
    );
  }
  return { accepted, rejected: rejected.slice(0, 20) };
}

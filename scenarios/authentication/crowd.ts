import type { CheckContext, Exchange } from '../../harness/engine/index.ts';
import { Session } from '../../platform/contracts/platform-services/authentication.ts';
import type { ServiceName } from '../../platform/contracts/service.ts';
import { servedBy, summary } from '../kit/response.ts';
import { textAt } from '../kit/shape.ts';
import { postAuth } from './check-fields.ts';

/** One of many people who come at the same moment, each from an address of their own. */
export interface Person {
  email: string;
  password: string;
  from: string;
}

export interface Entered {
  person: Person;
  session: Session;
}

/** A crowd waits for one another's password hashes; that takes a while on a small machine, milliseconds. */
const patienceMs = 40_000;

export function crowdOf({ unique, newAddress }: CheckContext, size: number): Person[] {
  return Array.from({ length: size }, () => ({
    email: `${unique('crowd')}@readiness.example`,
    password: 'correct horse battery staple',
    from: newAddress(),
  }));
}

/** Sends one request for every person, all at once. */
export function allAtOnce(
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
        { from, timeoutMs: patienceMs },
      ),
    ),
  );
}

/** The people who got a session, with it. The answers are in the order of the people. */
export function enteredBy(
  people: readonly Person[],
  answers: readonly Exchange[],
  status: number,
): Entered[] {
  return people.flatMap((person, index) => {
    const answer = answers[index];
    const session = Session.safeParse(answer?.json);
    return answer?.status === status && session.success ? [{ person, session: session.data }] : [];
  });
}

/**
 * A request per service that takes a token, changes nothing, and where it can says whose token it was. All go
 * straight to the service, so that it has to look at the token itself; only the gateway's own goes through it.
 */
const ownRequests: readonly { service: ServiceName; path: string; user?: (json: unknown) => string }[] = [
  { service: 'gateway', path: '/api/auth/me', user: (json) => textAt(json, 'id') },
  { service: 'platform-services', path: '/auth/me', user: (json) => textAt(json, 'id') },
  { service: 'user-service', path: '/users/me', user: (json) => textAt(json, 'id') },
  { service: 'airtable-gateway', path: '/v0/meta/whoami', user: (json) => textAt(json, 'id') },
  { service: 'mcp-server', path: '/tools' },
  { service: 'llm-orchestrator', path: '/sessions' },
  { service: 'file-service', path: '/files' },
  { service: 'saga-service', path: '/saga' },
  { service: 'automation-services', path: '/workflows' },
];

/** How many uses of a token that makes for one person. */
export const usesPerToken = ownRequests.length;

/** Uses every token at every service. @returns how many uses were good, and what was wrong with the others. */
export async function useEverywhere(
  { http }: CheckContext,
  entered: readonly Entered[],
): Promise<{ good: number; wrong: string[] }> {
  const wrong: string[] = [];
  let good = 0;
  for (const { service, path, user } of ownRequests) {
    await Promise.all(
      entered.map(async ({ person, session }) => {
        const answer = await http.request(service, path, { token: session.access_token, from: person.from });
        const whose = user?.(answer.json) ?? session.user.id;
        const expected = service === 'gateway' ? 'platform-services' : service;
        if (answer.status === 200 && servedBy(answer) === expected && whose === session.user.id) good += 1;
        else wrong.push(`${service} ${path}: ${summary(answer)}`);
      }),
    );
  }
  return { good, wrong: wrong.slice(0, 20) };
}

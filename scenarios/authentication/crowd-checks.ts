import { defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { serviceNames } from '../../platform/contracts/service.ts';
import { summary } from '../kit/response.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { accountBreaks } from './account-breaks.ts';
import { authenticationCheck, registrationWorks } from './check-fields.ts';
import { crowdOf, sendAll, sessionsOf, useEverywhere, usesPerToken } from './crowd.ts';

const size = 60;
const withTokens = serviceNames.filter((name) => name !== 'frontend');

const crowdCheck = {
  ...authenticationCheck,
  severity: 'high',
  needs: [registrationWorks, ...withTokens.map(readyCheckId)],
  services: withTokens,
  requires: ['many-source-addresses'],
  isolation: 'exclusive',
  destructive: { kind: 'load', effect: 'lets sixty users register or sign in at the same time' },
  timeoutMs: 150_000,
  remediation: {
    text: 'A 5xx: check for waits on the database pool and for hashing on the event loop. Hash in the thread pool, bound the queue, keep transactions short. A token that one service rejects: compare its issuer, audience and JWKS address with those of platform-services.',
    effort: 'days',
  },
} as const;

export const registerConcurrent = defineCheck({
  ...crowdCheck,
  id: 'authentication.register.sixty-at-once',
  title: 'Sixty concurrent registrations give working sessions',
  why: 'The assessed system returned 5xx and exhausted its pools under concurrency. Sixty clean flows support "at least 95 % succeed" (the minimum is 59).',
  expects: {
    created: equals(size),
    duplicates: equals(size),
    accounts: equals(size),
    tenants: equals(size),
    tokenUses: equals(size * usesPerToken),
    tokensRejected: empty(),
    unexpected: empty(),
  },
  run: async (context) => {
    const people = crowdOf(context, size);
    // A double click: everybody registers twice, and the second request must get 409.
    const everybody = [...people, ...people];
    const responses = await sendAll(context, everybody, 'register');
    const sessions = sessionsOf(everybody, responses, 201);
    const { accepted, rejected } = await useEverywhere(context, sessions);
    return {
      created: sessions.length,
      duplicates: responses.filter(({ status }) => status === 409).length,
      accounts: new Set(sessions.map(({ session }) => session.user.id)).size,
      tenants: new Set(sessions.map(({ session }) => session.user.tenant_id)).size,
      tokenUses: accepted,
      tokensRejected: rejected,
      unexpected: responses
        .filter(({ status }) => status !== 201 && status !== 409)
        .slice(0, 10)
        .map(summary),
    };
  },
  breaks: accountBreaks.sixtyRegister,
});

export const loginConcurrent = defineCheck({
  ...crowdCheck,
  id: 'authentication.login.sixty-at-once',
  title: 'Sixty concurrent sign-ins give each user a session',
  why: 'Many users sign in at the same time on Monday morning. Mixed-up sessions, and tokens that only some services accept, show only then.',
  expects: {
    registered: equals(size),
    signedIn: equals(size),
    correctUsers: equals(size),
    sessions: equals(size),
    tokenUses: equals(size * usesPerToken),
    tokensRejected: empty(),
    unexpected: empty(),
  },
  run: async (context) => {
    const people = crowdOf(context, size);
    const registered = sessionsOf(people, await sendAll(context, people, 'register'), 201);
    const ids = new Map(registered.map(({ person, session }) => [person.email, session.user.id]));
    const responses = await sendAll(context, people, 'login');
    const sessions = sessionsOf(people, responses, 200);
    const { accepted, rejected } = await useEverywhere(context, sessions);
    return {
      registered: registered.length,
      signedIn: sessions.length,
      correctUsers: sessions.filter(({ person, session }) => ids.get(person.email) === session.user.id)
        .length,
      sessions: new Set(sessions.map(({ session }) => session.refresh_token)).size,
      tokenUses: accepted,
      tokensRejected: rejected,
      unexpected: responses
        .filter(({ status }) => status !== 200)
        .slice(0, 10)
        .map(summary),
    };
  },
  breaks: accountBreaks.sixtyLogin,
});

import { defineCheck, empty, equals } from '../../harness/engine/index.ts';
import { serviceNames } from '../../platform/contracts/service.ts';
import { summary } from '../kit/response.ts';
import { readyCheckId } from '../services/define-operational-checks.ts';
import { authCheck, registrationWorks } from './check-fields.ts';
import { allAtOnce, crowdOf, enteredBy, useEverywhere, usesPerToken } from './crowd.ts';

const atOnce = 60;
const withTokens = serviceNames.filter((name) => name !== 'frontend');

const crowdCheck = {
  ...authCheck,
  severity: 'high',
  needs: [registrationWorks, ...withTokens.map(readyCheckId)],
  services: withTokens,
  requires: ['many-source-addresses'],
  isolation: 'exclusive',
  timeoutMs: 150_000,
  remediation: {
    text: 'A 5xx: look for waits on the database pool and for hashing on the event loop; hash in the thread pool, bound the queue, keep transactions short. A token refused by one service: compare its issuer, audience and JWKS address with those of platform-services.',
    effort: 'days',
  },
} as const;

export const registerConcurrent = defineCheck({
  ...crowdCheck,
  id: 'auth.register.sixty-at-once',
  title:
    'Sixty people can register at the same moment, even with a double click, and work everywhere at once',
  why: 'Concurrency found 5xx and pool exhaustion in the assessed system; sixty clean flows support "at least 95 % succeed" (59 is the least number for that).',
  expects: {
    created: equals(atOnce),
    secondTries: equals(atOnce),
    accounts: equals(atOnce),
    tenants: equals(atOnce),
    tokenUses: equals(atOnce * usesPerToken),
    tokensRefused: empty(),
    unexpected: empty(),
  },
  run: async (context) => {
    const people = crowdOf(context, atOnce);
    // Everybody twice: whoever comes second has to hear 409, however close behind.
    const everybody = [...people, ...people];
    const answers = await allAtOnce(context, everybody, 'register');
    const entered = enteredBy(everybody, answers, 201);
    const { good, wrong } = await useEverywhere(context, entered);
    return {
      created: entered.length,
      secondTries: answers.filter(({ status }) => status === 409).length,
      accounts: new Set(entered.map(({ session }) => session.user.id)).size,
      tenants: new Set(entered.map(({ session }) => session.user.tenant_id)).size,
      tokenUses: good,
      tokensRefused: wrong,
      unexpected: answers
        .filter(({ status }) => status !== 201 && status !== 409)
        .slice(0, 10)
        .map(summary),
    };
  },
});

export const loginConcurrent = defineCheck({
  ...crowdCheck,
  id: 'auth.login.sixty-at-once',
  title: 'Sixty people can sign in at the same moment, each as themselves, and work everywhere at once',
  why: 'Monday morning is a crowd: sessions that get mixed up, or tokens that one service takes and another does not, show only then.',
  expects: {
    registered: equals(atOnce),
    signedIn: equals(atOnce),
    asThemselves: equals(atOnce),
    sessions: equals(atOnce),
    tokenUses: equals(atOnce * usesPerToken),
    tokensRefused: empty(),
    unexpected: empty(),
  },
  run: async (context) => {
    const people = crowdOf(context, atOnce);
    const registered = enteredBy(people, await allAtOnce(context, people, 'register'), 201);
    const ids = new Map(registered.map(({ person, session }) => [person.email, session.user.id]));
    const answers = await allAtOnce(context, people, 'login');
    const entered = enteredBy(people, answers, 200);
    const { good, wrong } = await useEverywhere(context, entered);
    return {
      registered: registered.length,
      signedIn: entered.length,
      asThemselves: entered.filter(({ person, session }) => ids.get(person.email) === session.user.id).length,
      sessions: new Set(entered.map(({ session }) => session.refresh_token)).size,
      tokenUses: good,
      tokensRefused: wrong,
      unexpected: answers
        .filter(({ status }) => status !== 200)
        .slice(0, 10)
        .map(summary),
    };
  },
});

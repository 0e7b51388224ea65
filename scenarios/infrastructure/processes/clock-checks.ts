import { type CheckContext, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { login } from '../../authentication/requests.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { seeFailure } from '../upstreams/seen-failure.ts';
import { clockBreaks } from './clock-breaks.ts';

const secondMs = 1_000;
/** Within the leeway of five seconds that services grant each other, less what the check itself takes. */
const smallMs = 3.5 * secondMs;
/** Far beyond the leeway, and below the life of an access token. */
const wrongMs = 600 * secondMs;
/** Beyond the life of an access token. */
const laterMs = 24 * 3_600 * secondMs;

export const clocksMayDiffer = defineCheck({
  id: 'infrastructure.clock.declared-leeway-holds',
  title: 'Tokens survive small differences of clocks only',
  failureTitle: 'A moved clock breaks tokens, or is not noticed',
  why: 'Clocks of machines differ by some seconds, and sometimes by much. Within the leeway nobody may notice; beyond it tokens are rejected with 401. A service with a wrong clock must never accept more than the others.',
  category: 'infrastructure',
  severity: 'high',
  needs: [registrationWorks, ...(['platform-services', 'user-service'] as const).map(readyCheckId)],
  services: ['gateway', 'platform-services', 'user-service'],
  requires: ['process-control', 'registration'],
  standards: ['ASVS 9.2.1', 'API2'],
  timeoutMs: 60_000,
  remediation: {
    text: 'Compare iat and exp with the clock of the service and grant iat five seconds (platform/kit/auth/token-verifier.ts). Synchronize the clocks of all machines.',
    effort: 'hours',
  },
  expects: {
    isMoved: equals([true, true, true]),
    slightlyBehind: equals('200'),
    farBehind: equals('401 unauthenticated'),
    aDayAhead: equals('401 token_expired'),
    revokedSlightlyBehind: equals('401 token_revoked'),
    issuedSlightlyAhead: equals('200'),
    withTrueClock: equals('200'),
    internalErrors: empty(),
  },
  breaks: clockBreaks,
  async run(context) {
    const { http, signal } = context;
    const [user, leaver] = await Promise.all([context.account(), context.account()]);
    const start = (service: 'user-service' | 'platform-services', clockMs: number) =>
      context.processes().startAnother(service, { clockMs }, signal);
    const [behind, farBehind, ahead, issuer] = await Promise.all([
      start('user-service', -smallMs),
      start('user-service', -wrongMs),
      start('user-service', laterMs),
      start('platform-services', smallMs),
    ]);
    await using all = new AsyncDisposableStack();
    for (const one of [behind, farBehind, ahead, issuer]) all.use(one);
    const me = async (at: string | undefined, token: string) => {
      const { outcome } = await seeFailure(() =>
        http.request('user-service', '/users/me', { ...(at ? { at } : {}), token, from: user.address }),
      );
      return outcome;
    };
    await http.request('gateway', '/api/auth/logout', {
      method: 'POST',
      token: leaver.accessToken,
      from: leaver.address,
    });
    // Fresh tokens: an older one hides a small difference.
    const current = await login(context, { ...user, address: context.newAddress() });
    const slightlyBehind = await me(behind.url, textAt(current.json, 'access_token'));
    const ofOtherClock = await http.request('platform-services', '/auth/login', {
      at: issuer.url,
      method: 'POST',
      from: user.address,
      body: { email: user.email, password: user.password },
    });
    const issuedSlightlyAhead = await me(undefined, textAt(ofOtherClock.json, 'access_token'));
    const observed = {
      isMoved: await Promise.all([
        isMoved(context, behind.url, -smallMs),
        isMoved(context, farBehind.url, -wrongMs),
        isMoved(context, ahead.url, laterMs),
      ]),
      slightlyBehind,
      farBehind: await me(farBehind.url, user.accessToken),
      aDayAhead: await me(ahead.url, user.accessToken),
      revokedSlightlyBehind: await me(behind.url, leaver.accessToken),
      issuedSlightlyAhead,
      withTrueClock: await me(undefined, user.accessToken),
    };
    return {
      ...observed,
      internalErrors: Object.entries(observed)
        .filter(([, outcome]) => typeof outcome === 'string' && /^(?:5|no )/.test(outcome))
        .map(([name, outcome]) => `${name}: ${String(outcome)}`),
    };
  },
});

/** Whether the clock of a process is off by this time: its errors have a time stamp, which arrives some time later. */
async function isMoved({ http }: CheckContext, at: string, byMs: number): Promise<boolean> {
  const { json } = await http.request('user-service', '/users/me', { at });
  const offMs = Date.parse(String(valueAt(json, 'timestamp'))) - Date.now() - byMs;
  return offMs < 2 * secondMs && offMs > -15 * secondMs;
}

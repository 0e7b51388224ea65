import { defineCheck, type Exchange, empty, equals } from '../../../harness/engine/index.ts';
import { loginWorks } from '../../authentication/check-fields.ts';
import { postAuth } from '../../authentication/requests.ts';
import { apiCheck } from '../check-fields.ts';

/** Headers by which a client can slow down before it is rejected. */
const names = ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'ratelimit-policy'] as const;

export const limitHeaders = defineCheck({
  ...apiCheck,
  id: 'api.limits.headers-on-every-response',
  users: 1,
  title: 'Responses say what is left of the limit',
  failureTitle: 'Responses do not say what is left of the limit',
  why: 'Clients that see the limit slow down before they are rejected. Without the headers they learn of it by failing.',
  severity: 'high',
  needs: [loginWorks],
  services: ['gateway', 'platform-services', 'user-service'],
  standards: ['API4'],
  remediation: {
    text: 'limitHeaders in platform/services/gateway/limits/rate-limit.ts; the request policy adds them to every response.',
    effort: 'hours',
  },
  expects: { missing: empty(), counted: equals([true, true]), impossible: empty() },
  breaks: [
    {
      defect: 'The gateway responds without its rate limit headers.',
      changes: [
        {
          kind: 'exchange',
          path: /^\/api\//,
          response: ({ headers }) => ({
            headers: Object.fromEntries(
              Object.entries(headers).filter(([name]) => !name.startsWith('ratelimit-')),
            ),
          }),
        },
      ],
      violates: ['missing'],
    },
  ],
  run: async (context) => {
    const { accessToken: token, address } = await context.account();
    const me = () => context.http.request('gateway', '/api/users/me', { token, from: address });
    const from = context.newAddress();
    const email = `${context.unique('nobody')}@readiness.example`;
    const signIn = () => postAuth(context, 'login', { email, password: 'not the password' }, { from });
    const pairs = [
      ['GET /api/users/me', await me(), await me()],
      ['POST /api/auth/login', await signIn(), await signIn()],
    ] as const;
    const responses = pairs.flatMap(([name, ...both]) => both.map((response) => [name, response] as const));
    return {
      missing: responses.flatMap(([name, { headers }]) =>
        names.filter((header) => headers[header] === undefined).map((header) => `${name}: ${header}`),
      ),
      // Other requests of the same user may have come between the two.
      counted: pairs.map(([, first, second]) => remainingOf(second) < remainingOf(first)),
      impossible: responses.flatMap(([name, response]) => {
        const [limit, reset] = ['ratelimit-limit', 'ratelimit-reset'].map((header) =>
          Number(response.headers[header]),
        ) as [number, number];
        const possible = remainingOf(response) < limit && reset >= 0 && reset <= 3_600;
        return possible ? [] : [`${name}: ${remainingOf(response)} of ${limit}, reset in ${reset} s`];
      }),
    };
  },
});

function remainingOf({ headers }: Exchange): number {
  return Number(headers['ratelimit-remaining']);
}

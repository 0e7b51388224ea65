import { atLeast, defineCheck, type Exchange, empty, equals } from '../../../harness/engine/index.ts';
import { frontend } from '../../../platform/contracts/frontend/contract.ts';
import { loginWorks } from '../../authentication/check-fields.ts';
import { textAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { furtherSecurity } from '../check-fields.ts';

const changing = Object.values(frontend.routes).filter(({ method }) => method === 'POST');
const concrete = (path: string) => path.replaceAll(/:\w+/g, '00000000-0000-4000-8000-000000000000');

/** Pages that are not the site's own, as browsers announce them. */
const foreign = [
  { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' },
  { origin: 'null', 'sec-fetch-site': 'cross-site' },
  // A browser without Fetch Metadata.
  { origin: 'http://evil.example' },
] as const;

const form = { 'content-type': 'application/x-www-form-urlencoded' };

export const foreignPagesChangeNothing = defineCheck({
  ...furtherSecurity,
  id: 'security.sessions.foreign-pages-change-nothing',
  title: 'Pages of other sites cannot act for a user',
  failureTitle: 'A page of another site acts for a signed-in user',
  why: 'Browsers send cookies with forms of any page. Every route that changes something needs the proof that the request came from an own page (ASVS 5.0 3.5.1 to 3.5.3).',
  needs: [loginWorks, readyCheckId('frontend')],
  services: ['frontend', 'gateway', 'platform-services'],
  standards: ['ASVS 3.5.1', 'ASVS 3.5.2', 'ASVS 3.5.3'],
  remediation: {
    text: 'Call assertOwnPage first in every handler of a POST, and never change anything in a GET. A line names route and kind of page.',
    effort: 'hours',
  },
  expects: {
    signedInBefore: equals(200),
    accepted: empty(),
    plainText: empty(),
    byGet: empty(),
    tried: atLeast(changing.length * foreign.length, 'requests'),
    signedInAfter: equals(200),
    ownPage: equals(200),
  },
  run: async ({ account, http, stack }) => {
    const user = await account();
    const { address: from, email, password } = user;
    const { origin } = new URL(stack.services.frontend);
    const credentials = { email, password };
    const signedIn = await http.request('frontend', '/api/auth/login', {
      method: 'POST',
      body: credentials,
      from,
      headers: { origin },
    });
    const cookie = cookiesOf(signedIn);
    const profile = () => http.request('frontend', '/api/auth/profile', { from, headers: { cookie } });
    const isSelf = async () => {
      const response = await profile();
      return textAt(response.json, 'user', 'email') === email ? response.status : 0;
    };
    const signedInBefore = await isSelf();
    const accepted: string[] = [];
    const plainText: string[] = [];
    const byGet: string[] = [];
    let tried = 0;
    for (const { path } of changing) {
      const isApi = path.startsWith('/api/');
      const body = isApi ? JSON.stringify(credentials) : new URLSearchParams(credentials).toString();
      const type = isApi ? { 'content-type': 'application/json' } : form;
      for (const page of foreign) {
        const headers = { cookie, ...type, ...page };
        const { status } = await http.request('frontend', concrete(path), {
          method: 'POST',
          from,
          body,
          headers,
        });
        tried += 1;
        if (status !== 403) accepted.push(`${path} from ${page.origin}: ${status}`);
      }
      if (!isApi) continue;
      // A form can send JSON as text/plain without asking the site first.
      const headers = { cookie, 'content-type': 'text/plain', ...foreign[0] };
      const plain = await http.request('frontend', concrete(path), { method: 'POST', from, body, headers });
      if (plain.status < 400) plainText.push(`${path}: ${plain.status}`);
      const got = await http.request('frontend', concrete(path), { from, headers: { cookie } });
      if (got.status < 400) byGet.push(`${path}: ${got.status}`);
    }
    const signedInAfter = await isSelf();
    const ownPage = await http.request('frontend', '/api/auth/logout', {
      method: 'POST',
      from,
      headers: { cookie, origin },
    });
    return {
      signedInBefore,
      accepted,
      plainText,
      byGet,
      tried,
      signedInAfter,
      ownPage: ownPage.status < 300 ? 200 : ownPage.status,
    };
  },
  breaks: [
    {
      defect: 'A form of the site does not look at the origin.',
      changes: [
        {
          kind: 'exchange',
          service: 'frontend',
          method: 'POST',
          path: /^\/account\/sessions/,
          response: ({ status }) => (status === 403 ? { status: 303 } : {}),
        },
      ],
      violates: ['accepted'],
    },
    {
      defect: 'Following a link signs the user out.',
      changes: [
        {
          kind: 'exchange',
          service: 'frontend',
          method: 'GET',
          path: /^\/api\/auth\/logout/,
          request: ({ headers }) => ({ method: 'POST', headers: { ...headers, 'sec-fetch-site': 'none' } }),
        },
      ],
      violates: ['byGet', 'signedInAfter'],
    },
  ],
});

function cookiesOf({ headers }: Exchange): string {
  return (headers['set-cookie'] ?? '')
    .split('\n')
    .map((line) => line.split(';')[0])
    .join('; ');
}

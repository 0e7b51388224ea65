import { type LoadFlow, type LoadStep, referenceStep } from '../../../harness/engine/index.ts';
import { catalogue } from '../../../platform/contracts/catalogue.ts';
import { frontend } from '../../../platform/contracts/frontend/contract.ts';
import type { RouteSpec } from '../../../platform/contracts/route.ts';
import { fileForm } from '../../kit/file-form.ts';
import { routesAtGateway } from '../gateway-routes.ts';
import type { ObjectStep } from './pace-objects.ts';
import { type LoadUser, recordsOf, recordsRoute } from './user-mix.ts';

/** Whether a route answers without parameters, and changes nothing. */
const isPlain = ({ method, path, query, success, headers }: RouteSpec): boolean =>
  method === 'GET' &&
  !path.includes(':') &&
  headers === undefined &&
  query?.safeParse({}).success !== false &&
  success.contentType !== 'text/event-stream';

const plainRoutes = catalogue
  .filter(({ name }) => name !== 'frontend')
  .flatMap(routesAtGateway)
  .filter(isPlain);
/** Pages that anyone may see. The others redirect to the sign-in. */
const pages = Object.values(frontend.routes as Readonly<Record<string, RouteSpec>>).filter(
  (route) => isPlain(route) && route.path.startsWith('/auth/'),
);

/**
 * One flow for each route that the pace is measured of, and several for the reference server, so that each route is
 * compared with the same moments: every plain route of the contracts, the pages, and what users write.
 * @param objects requests for single objects of the users
 */
export function paceFlows(users: readonly LoadUser[], objects: readonly ObjectStep[]): LoadFlow[] {
  return users.flatMap((user) => {
    const { account, base } = user;
    const own = { service: 'gateway', token: account.accessToken, from: account.address } as const;
    const records = recordsOf(base);
    const { headers, body } = fileForm('pace.csv', 'name,age\nAda,36\n');
    const steps: LoadStep[] = [
      ...plainRoutes.map(({ path, success }) => ({
        ...own,
        method: 'GET',
        path,
        expectedStatuses: [success.status],
      })),
      ...pages.map(({ path, success }) => ({
        service: 'frontend' as const,
        method: 'GET',
        path,
        name: `GET ${path} (page)`,
        expectedStatuses: [success.status],
      })),
      { ...own, method: 'GET', path: records, name: `GET ${recordsRoute}`, expectedStatuses: [200] },
      {
        ...own,
        method: 'POST',
        path: records,
        name: `POST ${recordsRoute}`,
        body: { Name: 'Grace', Age: 45 },
        expectedStatuses: [201],
      },
      { ...own, method: 'POST', path: '/api/files/upload', body, headers, expectedStatuses: [201] },
      {
        ...own,
        method: 'PUT',
        path: '/api/users/me',
        body: { bio: 'Keeps pace.' },
        expectedStatuses: [200],
      },
      { ...own, method: 'GET', path: '/ws', socket: true, expectedStatuses: [101] },
      ...objects.filter((one) => one.user === user).map(({ step }) => step),
    ];
    const flows = steps.map((step) => ({ name: step.name ?? step.path, weight: 1, steps: [step] }));
    const reference = { name: 'reference', weight: Math.ceil(steps.length / 3), steps: [referenceStep] };
    return [...flows, reference];
  });
}

import {
  type Account,
  type CheckContext,
  type LoadFlow,
  ProductFailure,
  referenceStep,
} from '../../../harness/engine/index.ts';
import { fileForm } from '../../kit/file-form.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { createPeople, type PeopleBase } from '../people-base.ts';

/** A user of the load with a table of records. */
export interface LoadUser {
  account: Account;
  base: PeopleBase;
}

/** Records of each user's table at the start. */
const people = Array.from({ length: 10 }, (_, index) => ({ Name: `Person ${index}`, Age: 20 + index }));

/** @throws ProductFailure when the platform rejects what the load needs */
export async function createUsers(context: CheckContext, count: number): Promise<LoadUser[]> {
  const users: LoadUser[] = [];
  // Some at a time: passwords are hashed on the machine that will be measured.
  while (users.length < count) {
    const group = Array.from({ length: Math.min(4, count - users.length) }, () => createUser(context));
    users.push(...(await Promise.all(group)));
  }
  return users;
}

async function createUser(context: CheckContext): Promise<LoadUser> {
  const account = await context.account();
  const base = await createPeople(context, account);
  await prepare(sendAs(context, account), 'POST', `${recordsOf(base)}/batch`, people);
  return { account, base };
}

/** The routes of the platform's own pages: those of Airtable clients have a limit per base, which the load would meet. */
export const recordsOf = ({ id, tableId }: PeopleBase) =>
  `/api/airtable/bases/${id}/tables/${tableId}/records`;
export const recordsRoute = '/api/airtable/bases/:baseId/tables/:tableId/records';

/** Maximum 95th percentile by request, milliseconds: those of the assessment, and of the same kind where it has none. */
export const budgetsMs: Readonly<Record<string, number>> = {
  'POST /api/auth/login': 500,
  'GET /api/auth/me': 200,
  'GET /api/users/me': 200,
  'GET /api/users/stats': 500,
  'GET /api/workspaces': 300,
  [`GET ${recordsRoute}`]: 1000,
  [`GET ${recordsRoute} (filtered)`]: 1000,
  [`POST ${recordsRoute}`]: 1000,
  'POST /api/files/upload': 1000,
  'POST /api/chat': 2000,
  'GET /ws': 500,
};

/**
 * What users do, as often as they do it: mostly read, sometimes filter, write, upload, connect and sign in.
 * @param options.chat whether questions to the model cost nothing
 * @param options.signIns `own-address`: only users with an address of their own sign in, because each address has a limit
 */
export function userMix(
  users: readonly LoadUser[],
  options: { signIns: 'all' | 'own-address' | 'none'; chat: boolean },
): LoadFlow[] {
  if (users.length === 0) throw new ProductFailure('There is no user for the load.');
  const flows = users.flatMap(({ account, base }): LoadFlow[] => {
    const own = { service: 'gateway', token: account.accessToken, from: account.address } as const;
    const get = (path: string, name = path) => ({
      ...own,
      method: 'GET',
      path,
      name: `GET ${name}`,
      expectedStatuses: [200],
    });
    const records = recordsOf(base);
    const { headers, body } = fileForm('load.csv', 'name,age\nAda,36\nGrace,45\n');
    const hasOwnAddress = account.address !== '127.0.0.1';
    const signsIn = options.signIns === 'all' || (options.signIns === 'own-address' && hasOwnAddress);
    return [
      {
        name: 'read',
        weight: 6,
        steps: [get('/api/auth/me'), get(`${records}?max_records=10`, recordsRoute), get('/api/users/me')],
      },
      {
        name: 'filter',
        weight: 3,
        steps: [
          get(
            `${records}?filter_by_formula=${encodeURIComponent('{Age} > 24')}&sort=-Age&max_records=5`,
            `${recordsRoute} (filtered)`,
          ),
        ],
      },
      {
        name: 'write',
        weight: 3,
        steps: [
          {
            ...own,
            method: 'POST',
            path: records,
            name: `POST ${recordsRoute}`,
            body: { Name: 'Grace', Age: 45 },
            expectedStatuses: [201],
          },
        ],
      },
      { name: 'look around', weight: 2, steps: [get('/api/workspaces'), get('/api/users/stats')] },
      {
        name: 'upload',
        weight: 1,
        steps: [
          { ...own, method: 'POST', path: '/api/files/upload', body, headers, expectedStatuses: [201] },
        ],
      },
      {
        name: 'connect',
        weight: 1,
        steps: [{ ...own, method: 'GET', path: '/ws', socket: true, expectedStatuses: [101] }],
      },
      ...(options.chat
        ? [
            {
              name: 'chat',
              weight: 1,
              steps: [
                {
                  ...own,
                  method: 'POST',
                  path: '/api/chat',
                  body: { message: 'Hello', session_id: `load-${account.userId}` },
                  expectedStatuses: [200],
                },
              ],
            },
          ]
        : []),
      ...(signsIn
        ? [
            {
              name: 'sign in',
              weight: 1,
              steps: [
                {
                  service: 'gateway',
                  from: account.address,
                  method: 'POST',
                  path: '/api/auth/login',
                  body: { email: account.email, password: account.password },
                  expectedStatuses: [200],
                } as const,
              ],
            },
          ]
        : []),
    ];
  });
  // A quarter of the users' iterations: enough for a percentile of the same moments.
  const weight = Math.ceil(flows.reduce((sum, flow) => sum + flow.weight, 0) / 4);
  return [...flows, { name: 'reference', weight, steps: [referenceStep] }];
}

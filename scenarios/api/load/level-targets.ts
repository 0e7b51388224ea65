import type { LoadStep } from '../../../harness/engine/index.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import { fileForm } from '../../kit/file-form.ts';
import { type LoadUser, recordsOf, recordsRoute } from './user-mix.ts';

/** Requests that reach one service, of which time and memory are watched. */
export interface LevelTarget {
  /** Name in the figures. */
  name: string;
  service: Exclude<ServiceName, 'gateway'>;
  stepFor(user: LoadUser): LoadStep;
}

function target(
  service: LevelTarget['service'],
  name: string,
  requestFor: (user: LoadUser) => Pick<LoadStep, 'path'> & Partial<LoadStep>,
): LevelTarget {
  return {
    name,
    service,
    stepFor: (user) => ({
      service: service === 'frontend' ? 'frontend' : 'gateway',
      method: 'GET',
      expectedStatuses: [200],
      ...(service === 'frontend' ? {} : { token: user.account.accessToken, from: user.account.address }),
      ...requestFor(user),
      name,
    }),
  };
}

const read = (service: LevelTarget['service'], path: string) => target(service, service, () => ({ path }));

/** One cheap request for each service: what every request passes through shows here. */
export const everyService: readonly LevelTarget[] = [
  read('platform-services', '/api/auth/me'),
  read('user-service', '/api/users/me'),
  read('airtable-gateway', '/api/airtable/bases'),
  read('mcp-server', '/api/mcp/tools'),
  read('llm-orchestrator', '/api/sessions'),
  read('file-service', '/api/files'),
  read('saga-service', '/api/saga'),
  read('automation-services', '/api/workflows'),
  read('frontend', '/auth/login'),
];

/** What users do most, and what stores something with each request. */
export const frequentRoutes: readonly LevelTarget[] = [
  target('airtable-gateway', `GET ${recordsRoute}`, ({ base }) => ({
    path: `${recordsOf(base)}?max_records=10`,
  })),
  target('file-service', 'POST /api/files/upload', () => ({
    method: 'POST',
    path: '/api/files/upload',
    ...fileForm('level.csv', 'name,age\nAda,36\n'),
    expectedStatuses: [201],
  })),
  target('platform-services', 'GET /api/workspaces', () => ({ path: '/api/workspaces' })),
  target('user-service', 'PUT /api/users/me', () => ({
    method: 'PUT',
    path: '/api/users/me',
    body: { bio: 'Stays level.' },
  })),
];

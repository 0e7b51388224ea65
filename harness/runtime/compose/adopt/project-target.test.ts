import { describe, expect, it } from 'vitest';
import { contractOf } from '../../../../platform/contracts/catalogue.ts';
import { type ServiceName, serviceNames } from '../../../../platform/contracts/service.ts';
import { containerFacts } from '../../testing/fake-engine.ts';
import { readContainer } from './project-container.ts';
import { projectTarget } from './project-target.ts';

const publishing = (port: number) => ({
  NetworkSettings: { Ports: { [`${port}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: `1${port}` }] } },
});
const secret = (name: string) => ({
  Mounts: [{ Source: `/srv/shop/secrets/${name}`, Destination: `/run/secrets/${name}` }],
});

/** The ten services; those in `published` publish their port. */
const services = (published: readonly ServiceName[] = ['gateway', 'frontend']) =>
  serviceNames.map((service) =>
    containerFacts({
      service,
      ...secret('internal_api_key'),
      ...(published.includes(service) ? publishing(contractOf(service).port) : {}),
    }),
  );

const targetOf = (
  containers: readonly unknown[],
  { allow = [], canRead = () => true }: { allow?: string[]; canRead?: (file: string) => boolean } = {},
) => projectTarget({ project: 'shop', containers: containers.map(readContainer), allow, canRead });

describe('a compose project as a target', () => {
  it('has the published services, the logs of the engine, and accounts', () => {
    expect(targetOf(services(), { allow: ['api.fuzzing.documents-hold'] })).toEqual({
      name: 'shop',
      label: 'development',
      services: { gateway: 'http://127.0.0.1:18000', frontend: 'http://127.0.0.1:13000' },
      accounts: { register: true },
      sourceAddresses: 'one',
      internalKeys: {},
      logs: { compose: 'shop', redacted: false },
      allow: ['api.fuzzing.documents-hold'],
    });
  });

  it('has the published stores with the secrets of the folder that the containers mount', () => {
    const target = targetOf([
      ...services(['gateway', 'user-service']),
      containerFacts({ service: 'postgres', ...publishing(5432) }),
      containerFacts({ service: 'redis', ...publishing(6379) }),
      containerFacts({ service: 'prometheus', ...publishing(9090) }),
    ]);
    expect(target.database?.admin).toEqual({
      file: '/srv/shop/secrets/admin_database_url',
      address: '127.0.0.1:15432',
    });
    expect(target.database?.roles['saga-service']).toEqual({
      file: '/srv/shop/secrets/saga_service_database_url',
      address: '127.0.0.1:15432',
    });
    expect(target.database?.removeRows).toBe(false);
    expect(target.redis?.admin).toEqual({ file: '/srv/shop/secrets/redis_url', address: '127.0.0.1:16379' });
    expect(target.internalKeys).toEqual({
      'user-service': { file: '/srv/shop/secrets/internal_api_key' },
    });
    expect(target.metrics?.prometheus.url).toBe('http://127.0.0.1:19090');
  });

  it('leaves out secrets that the user cannot read', () => {
    const target = targetOf(
      [
        ...services(),
        containerFacts({ service: 'postgres', ...publishing(5432) }),
        containerFacts({ service: 'redis', ...publishing(6379) }),
      ],
      { canRead: () => false },
    );
    expect(target.database?.admin).toBeUndefined();
    expect(target.redis).toBeUndefined();
  });

  it('may have several containers of a service that is not published', () => {
    const second = containerFacts({ service: 'saga-service', number: 2 });
    expect(targetOf([...services(), second]).services['saga-service']).toBeUndefined();
  });

  it.each([
    ['a missing service', services().slice(0, -1), 'has no container of frontend.'],
    ['no service at all', [containerFacts({ service: 'web' })], 'has no container of gateway, mcp-server,'],
    [
      'several containers behind a published port',
      [...services(), containerFacts({ service: 'frontend', number: 2 })],
      'has 2 containers of frontend (shop-frontend-1, shop-frontend-2)',
    ],
    [
      'a gateway that is not published',
      services(['frontend']),
      'for its port 8000: container shop-gateway-1 is running.',
    ],
    [
      'a gateway that has exited',
      [
        ...services().slice(1),
        containerFacts({ service: 'gateway', State: { Status: 'exited', ExitCode: 78 } }),
      ],
      'container shop-gateway-1 exited with code 78.',
    ],
  ])('is rejected with %s', (_what, containers, message) => {
    expect(() => targetOf(containers)).toThrow(message);
  });
});

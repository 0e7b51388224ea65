import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { atLeast, type CheckContext, defineCheck, empty } from '../../harness/engine/index.ts';
import { catalogue } from '../../platform/contracts/catalogue.ts';
import { serviceNames } from '../../platform/contracts/service.ts';
import { servedBy, summary } from '../kit/response.ts';
import { sampleRequest } from '../kit/sample-request.ts';
import { readyCheckId } from '../services/define-operational-checks.ts';
import { checklistItem } from './check-fields.ts';
import { holdersOfSockets, isLoopback, listeningSockets } from './listening-sockets.ts';

export const networkSecurity = defineCheck({
  ...checklistItem,
  id: 'security.network-security',
  title: 'Nothing listens where it need not, and no service trusts the network',
  why: 'Whoever gets into the network must still not get into the services: every one of them checks for itself who is asking (ASVS 5.0 8.3.1, 13.2.1).',
  needs: serviceNames.map(readyCheckId),
  services: serviceNames,
  remediation: {
    text: 'Bind services and stores to loopback or their own network (HOST), close debug ports, demand a token on every user route and the internal key on every service route, at the service itself.',
    effort: 'days',
  },
  expects: {
    reachableFromOutside: empty(),
    unexpectedPorts: empty(),
    openToAnybody: empty(),
    portsLookedAt: atLeast(serviceNames.length, 'ports'),
    routesAsked: atLeast(20, 'routes'),
  },
  run: async (context) => {
    const ports = declaredPorts(context.stack);
    const openToAnybody: string[] = [];
    let routesAsked = 0;
    for (const contract of catalogue) {
      for (const route of Object.values(contract.routes)) {
        if (route.access === 'public') continue;
        routesAsked += 1;
        const sample = sampleRequest(route);
        const answer = await context.http.request(contract.name, sample.path, {
          method: route.method,
          headers: {
            'x-internal-key': 'guess',
            'x-user-id': '00000000-0000-4000-8000-000000000000',
            'x-user-role': 'admin',
          },
          ...(sample.body === undefined ? {} : { body: sample.body }),
        });
        const wanted = route.access === 'user' ? 401 : 403;
        if (answer.status !== wanted || servedBy(answer) !== contract.name) {
          openToAnybody.push(`${contract.name} ${route.method} ${route.path}: ${summary(answer)}`);
        }
      }
    }
    const { wide, unexpected } =
      process.platform === 'linux' ? await lookAtSockets(ports) : await tryFromOutside(ports, context.signal);
    return {
      reachableFromOutside: wide,
      unexpectedPorts: unexpected,
      openToAnybody,
      portsLookedAt: ports.size,
      routesAsked,
    };
  },
});

/** Ports that the stack declares, with whose they are. Stores on Unix sockets have none. */
function declaredPorts({ services, postgres, redis }: CheckContext['stack']): Map<number, string> {
  const urls = { ...services, postgres: postgres?.adminUrl, redis: redis?.url };
  return new Map(
    Object.entries(urls).flatMap(([name, url]) => {
      const { port, searchParams } = new URL(url ?? 'none:');
      const socket = searchParams.has('path') || searchParams.get('host')?.startsWith('/');
      return port === '' || socket ? [] : [[Number(port), name] as const];
    }),
  );
}

interface Exposure {
  wide: string[];
  unexpected: string[];
}

/** Which declared ports are bound beyond loopback, and what else their processes listen on. */
async function lookAtSockets(ports: ReadonlyMap<number, string>): Promise<Exposure> {
  const [sockets, holders] = await Promise.all([listeningSockets(), holdersOfSockets()]);
  const own = sockets.filter(({ port }) => ports.has(port));
  const owners = new Map(
    own.flatMap(({ port, inode }) =>
      (holders.get(inode) ?? []).map((pid) => [pid, ports.get(port) ?? ''] as const),
    ),
  );
  // The harness hands sockets over and may still hold some of them; it is not the platform.
  owners.delete(String(process.pid));
  return {
    wide: own
      .filter(({ address }) => !isLoopback(address))
      .map(({ address, port }) => `${ports.get(port)} on ${address}:${port}`),
    unexpected: sockets
      .filter(({ port }) => !ports.has(port))
      .flatMap(({ address, port, inode }) =>
        (holders.get(inode) ?? []).flatMap((pid) => {
          const owner = owners.get(pid);
          return owner === undefined ? [] : [`${owner} also listens on ${address}:${port}`];
        }),
      ),
  };
}

/** Where the system has no such tables: whether the ports answer on the machine's other addresses. */
async function tryFromOutside(ports: ReadonlyMap<number, string>, signal: AbortSignal): Promise<Exposure> {
  const addresses = Object.values(networkInterfaces())
    .flat()
    .filter((entry) => entry !== undefined && !entry.internal && entry.family === 'IPv4')
    .map((entry) => entry?.address ?? '');
  const tries = addresses.flatMap((address) => [...ports].map(([port, name]) => ({ address, port, name })));
  const wide = await Promise.all(
    tries.map(async ({ address, port, name }) =>
      (await accepts(address, port, signal)) ? [`${name} on ${address}:${port}`] : [],
    ),
  );
  return { wide: wide.flat(), unexpected: [] };
}

async function accepts(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host, port, signal, timeout: 1_000 });
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  socket.once('timeout', () => resolve(false));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { atLeast, type CheckContext, defineCheck, empty, measurement } from '../../harness/engine/index.ts';
import { catalogue } from '../../platform/contracts/catalogue.ts';
import { serviceNames } from '../../platform/contracts/service.ts';
import { approvedRoute } from '../kit/contract/approved-contract.ts';
import { servedBy, summary } from '../kit/response.ts';
import { sampleRequest } from '../kit/sample-request.ts';
import { readyCheckId } from '../services/operational-routes.ts';
import { checklistItem } from './check-fields.ts';
import { networkBreaks } from './hardening-breaks.ts';
import { isLoopback, listeningSockets, socketOwners } from './listening-sockets.ts';

const guessedIdentity = {
  'x-internal-key': 'guess',
  'x-user-id': '00000000-0000-4000-8000-000000000000',
  'x-user-role': 'admin',
};

export const networkSecurity = defineCheck({
  ...checklistItem,
  id: 'security.network-security',
  title: 'No service exposes its port or trusts the network',
  why: 'Access to the network must not give access to the services. Each service authenticates its callers itself (ASVS 5.0 8.3.1, 13.2.1).',
  needs: serviceNames.map(readyCheckId),
  requires: ['local-sockets'],
  services: serviceNames,
  remediation: {
    text: 'Bind services and stores to loopback or their own network (HOST) and close debug ports. Each service itself must require a token on every user route and the internal key on every service route.',
    effort: 'days',
  },
  expects: {
    reachableFromOutside: empty(),
    unexpectedPorts: empty(),
    unprotectedRoutes: empty(),
    // Sockets of another user's processes cannot be read.
    checkedPorts: measurement(atLeast(serviceNames.length, 'ports')),
    checkedRoutes: atLeast(20, 'routes'),
  },
  breaks: networkBreaks,
  run: async (context) => {
    const ports = declaredPorts(context.stack);
    const unprotectedRoutes: string[] = [];
    let checkedRoutes = 0;
    for (const contract of catalogue) {
      for (const route of Object.values(contract.routes)) {
        // As approved: a contract that opens a route by mistake must not take it out of the check.
        const approved = approvedRoute(contract.name, `${route.method} ${route.path}`);
        const access = approved?.access ?? route.access;
        if (access === 'public') continue;
        checkedRoutes += 1;
        const sample = sampleRequest(route);
        const expected = access === 'user' ? 401 : 403;
        // A wrong key and a missing one are different cases of a guard.
        for (const headers of access === 'service' ? [guessedIdentity, {}] : [guessedIdentity]) {
          // An open route rejects this request as invalid, so the check harms nothing.
          const response = await context.http.request(contract.name, sample.path, {
            method: route.method,
            headers,
            ...(sample.body === undefined ? {} : { body: sample.body }),
          });
          if (response.status === expected && servedBy(response) === contract.name) continue;
          unprotectedRoutes.push(`${contract.name} ${route.method} ${route.path}: ${summary(response)}`);
          break;
        }
      }
    }
    const exposure =
      process.platform === 'linux' ? await readSockets(ports) : await tryFromOutside(ports, context.signal);
    const unexpectedPorts = [
      ...exposure.unexpectedPorts,
      ...(await unexpectedInNetworks(context.stack.networks ?? {})),
    ];
    return { ...exposure, unexpectedPorts, unprotectedRoutes, checkedRoutes };
  },
});

/** The declared ports of the stack, each with its service or store. Stores on Unix sockets have no port. */
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
  /** Declared ports that other machines can reach. */
  reachableFromOutside: string[];
  /** Further ports of the processes that own a declared one. */
  unexpectedPorts: string[];
  /** Number of declared ports whose sockets and processes were seen. */
  checkedPorts: number;
}

async function readSockets(ports: ReadonlyMap<number, string>): Promise<Exposure> {
  const [sockets, owners] = await Promise.all([listeningSockets(), socketOwners()]);
  const own = sockets.filter(({ port }) => ports.has(port));
  const nameByPid = new Map(
    own.flatMap(({ port, inode }) =>
      (owners.get(inode) ?? []).map((pid) => [pid, ports.get(port) ?? ''] as const),
    ),
  );
  // The harness opens some sockets for the services and may still own them.
  nameByPid.delete(String(process.pid));
  const seen = own.filter(({ inode }) => owners.has(inode)).map(({ port }) => port);
  return {
    checkedPorts: new Set(seen).size,
    reachableFromOutside: own
      .filter(({ address }) => !isLoopback(address))
      .map(({ address, port }) => `${ports.get(port)} on ${address}:${port}`),
    unexpectedPorts: sockets
      .filter(({ port }) => !ports.has(port))
      .flatMap(({ address, port, inode }) =>
        (owners.get(inode) ?? []).flatMap((pid) => {
          const name = nameByPid.get(pid);
          return name === undefined ? [] : [`${name} also listens on ${address}:${port}`];
        }),
      ),
  };
}

/** Docker's name server listens on this address in every network of a container. */
const engineNameServer = '127.0.0.11';

/** Ports that nodes with a network of their own, e.g. containers, open besides the expected ones. */
async function unexpectedInNetworks(
  networks: NonNullable<CheckContext['stack']['networks']>,
): Promise<string[]> {
  const found = await Promise.all(
    Object.entries(networks).map(async ([name, { pid, ports }]) =>
      (await listeningSockets(pid))
        .filter(({ address, port }) => address !== engineNameServer && !ports.includes(port))
        .map(({ address, port }) => `${name} also listens on ${address}:${port}`),
    ),
  );
  return found.flat();
}

/** For systems without socket tables: connects to the ports on the machine's external addresses. */
async function tryFromOutside(ports: ReadonlyMap<number, string>, signal: AbortSignal): Promise<Exposure> {
  const addresses = Object.values(networkInterfaces())
    .flat()
    .filter((entry) => entry !== undefined && !entry.internal && entry.family === 'IPv4')
    .map((entry) => entry?.address ?? '');
  const tries = addresses.flatMap((address) => [...ports].map(([port, name]) => ({ address, port, name })));
  const reachable = await Promise.all(
    tries.map(async ({ address, port, name }) =>
      (await accepts(address, port, signal)) ? [`${name} on ${address}:${port}`] : [],
    ),
  );
  return { reachableFromOutside: reachable.flat(), unexpectedPorts: [], checkedPorts: ports.size };
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

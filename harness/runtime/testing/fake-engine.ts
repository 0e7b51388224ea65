import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The project of all containers of the fake engine. */
export const fakeProject = 'shop';

type Facts = Readonly<Record<string, unknown>>;

/** What `docker inspect` prints for a running container; given fields replace others. */
export function containerFacts({
  service,
  number = 1,
  labels = {},
  ...facts
}: { service: string; number?: number; labels?: Readonly<Record<string, string>> } & Facts) {
  const name = `${fakeProject}-${service}-${number}`;
  return {
    Id: name,
    Name: `/${name}`,
    RestartCount: 0,
    Config: {
      Labels: {
        'com.docker.compose.project': fakeProject,
        'com.docker.compose.service': service,
        'com.docker.compose.oneoff': 'False',
        ...labels,
      },
    },
    State: { Status: 'running' },
    HostConfig: { PortBindings: {} },
    NetworkSettings: { Ports: {} },
    Mounts: [],
    ...facts,
  };
}

/** A frame of a container's output. */
export function frame(stream: 'stdout' | 'stderr', text: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream === 'stdout' ? 1 : 2;
  header.writeUInt32BE(text.length, 4);
  return Buffer.concat([header, text]);
}

export interface FakeEngine extends AsyncDisposable {
  /** A value for `DOCKER_HOST`. */
  readonly address: string;
  containers: ReturnType<typeof containerFacts>[];
  /** Past output by the id of a container. */
  readonly logs: Map<string, string>;
  /** Methods of all requests that could change something, with their paths. */
  readonly changes: readonly string[];
  /** Writes to those who follow the output of a container. */
  write(id: string, text: string): void;
  /** Ends the output that is followed, as the end of a container does. */
  endOutput(id: string): void;
}

/** A server that speaks as much of the container engine's interface as adopting a project uses. */
export async function startFakeEngine(): Promise<FakeEngine> {
  const changes: string[] = [];
  const followers = new Map<string, Set<ServerResponse>>();
  const logs = new Map<string, string>();
  const json = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://engine');
    const path = url.pathname.replace(/^\/v[\d.]+/, '');
    if (request.method !== 'GET' && request.method !== 'HEAD') changes.push(`${request.method} ${path}`);
    const [, id, what] = /^\/containers\/([^/]+)\/(json|logs)$/.exec(path) ?? [];
    const container = engine.containers.find(({ Id }) => Id === id);
    if (path === '/_ping') return response.end('OK');
    if (path === '/info') return json(response, 200, { OperatingSystem: 'Debian', ServerVersion: '28.0.0' });
    if (path === '/version') return json(response, 200, { Version: '28.0.0', ApiVersion: '1.48' });
    if (path === '/containers/json') return json(response, 200, listed(engine.containers, url));
    if (!container) return json(response, 404, { message: `no such object: ${path}` });
    if (what === 'json') return json(response, 200, container);
    response.writeHead(200, { 'content-type': 'application/vnd.docker.raw-stream' });
    const past = url.searchParams.get('tail') === '0' ? '' : (logs.get(container.Id) ?? '');
    if (past !== '') response.write(frame('stdout', Buffer.from(past)));
    if (!['1', 'true'].includes(url.searchParams.get('follow') ?? '')) return response.end();
    response.flushHeaders();
    const set = followers.get(container.Id) ?? new Set();
    followers.set(container.Id, set.add(response));
    response.once('close', () => set.delete(response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const engine: FakeEngine = {
    address: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    containers: [],
    logs,
    changes,
    write(id, text) {
      for (const response of followers.get(id) ?? []) response.write(frame('stdout', Buffer.from(text)));
    },
    endOutput(id) {
      for (const response of followers.get(id) ?? []) response.end();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return engine;
}

/** The containers that have all labels of the query, each as `label` or `label=value`. */
function listed(containers: readonly ReturnType<typeof containerFacts>[], url: URL): object[] {
  const filters = JSON.parse(url.searchParams.get('filters') ?? '{}') as { label?: string[] };
  const all = ['1', 'true'].includes(url.searchParams.get('all') ?? '');
  return containers
    .filter(({ State }) => all || State.Status === 'running')
    .map(({ Id, Config }) => ({ Id, Labels: Config.Labels as Record<string, string> }))
    .filter(({ Labels }) =>
      (filters.label ?? []).every((one) => {
        const [name = '', value] = one.split('=');
        return value === undefined ? Labels[name] !== undefined : Labels[name] === value;
      }),
    );
}

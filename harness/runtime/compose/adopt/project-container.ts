import { z } from 'zod';
import { describeExit } from '../../process/managed-process.ts';
import { exitOf } from '../../testcontainers/container-node.ts';

/** Labels that Docker Compose gives its containers. */
export const projectLabel = 'com.docker.compose.project';
export const serviceLabel = 'com.docker.compose.service';
/** `True` for containers of `docker compose run`. */
export const oneOffLabel = 'com.docker.compose.oneoff';

const Bindings = z
  .record(
    z.string(),
    z.array(z.object({ HostIp: z.string().optional(), HostPort: z.string().optional() })).nullable(),
  )
  .nullish()
  .transform((ports) => ports ?? {});
type Bindings = z.infer<typeof Bindings>;

/** The part of `docker inspect` that the harness reads. */
export const Inspected = z.object({
  Id: z.string(),
  Name: z.string(),
  RestartCount: z.number().default(0),
  Config: z.object({ Tty: z.boolean().default(false), Labels: z.record(z.string(), z.string()) }),
  State: z.object({
    Status: z.string(),
    ExitCode: z.number().default(0),
    OOMKilled: z.boolean().default(false),
    Error: z.string().default(''),
    Health: z
      .object({
        Status: z.string(),
        Log: z.array(z.object({ Output: z.string().default('') })).nullish(),
      })
      .nullish(),
  }),
  HostConfig: z.object({ PortBindings: Bindings }),
  NetworkSettings: z.object({ Ports: Bindings }),
  Mounts: z.array(z.object({ Source: z.string().default(''), Destination: z.string() })).default([]),
});

/** A container of a compose project. */
export interface ProjectContainer {
  id: string;
  name: string;
  /** Its service in the compose file. */
  service: string;
  /** Whether it has a terminal, so that its output is one stream. */
  terminal: boolean;
  running: boolean;
  /** Whether it runs and is healthy, where it has a health check. */
  ready: boolean;
  /** Whether it has exited and is not started again. */
  ended: boolean;
  /** Whether it has exited with code 0, as jobs do. */
  completed: boolean;
  /** One clause for the reader, e.g. `container pyairtable-gateway-1 is running, unhealthy`. */
  state: string;
  /** `host:port` of this machine for each published port of the container. */
  published: ReadonlyMap<number, string>;
  /** Paths of this machine by their paths in the container. */
  mounts: ReadonlyMap<string, string>;
}

/** Maximum length of a health check's output in a message, characters. */
const maxOutput = 200;

/** Reads what `docker inspect` prints for one container. */
export function readContainer(inspected: unknown): ProjectContainer {
  const container = Inspected.parse(inspected);
  const { Config, State, HostConfig, NetworkSettings, Mounts } = container;
  const running = State.Status === 'running';
  const health = State.Health?.Status ?? 'none';
  return {
    id: container.Id,
    name: container.Name.replace(/^\//, ''),
    service: Config.Labels[serviceLabel] ?? '',
    terminal: Config.Tty,
    running,
    ready: running && (health === 'none' || health === 'healthy'),
    ended: ['exited', 'dead', 'removing'].includes(State.Status),
    completed: State.Status === 'exited' && State.ExitCode === 0,
    state: describeState(container),
    // Only a running container has ports; the others have those that the compose file fixes.
    published: publishedPorts(running ? NetworkSettings.Ports : HostConfig.PortBindings),
    mounts: new Map(Mounts.map(({ Source, Destination }) => [Destination, Source])),
  };
}

function describeState({ Name, RestartCount, State }: z.infer<typeof Inspected>): string {
  const container = `container ${Name.replace(/^\//, '')}`;
  const exit = `${describeExit(exitOf(State.ExitCode))}${State.OOMKilled ? ' (out of memory)' : ''}`;
  const restarts = `${RestartCount} ${RestartCount === 1 ? 'restart' : 'restarts'}`;
  const error = State.Error === '' ? '' : ` (${State.Error})`;
  switch (State.Status) {
    case 'created':
      return `${container} was created and has not started${error}`;
    case 'exited':
      return `${container} ${exit}${error}`;
    case 'restarting':
      return `${container} ${exit} and is restarting, ${restarts} so far${error}`;
    case 'running':
      return `${container} is running${describeHealth(State.Health)}${RestartCount > 0 ? `, ${restarts} so far` : ''}`;
    default:
      return `${container} is ${State.Status}${error}`;
  }
}

function describeHealth(health: z.infer<typeof Inspected>['State']['Health']): string {
  if (!health || health.Status === 'none') return '';
  const output = health.Log?.at(-1)?.Output.trim().replaceAll(/\s+/g, ' ').slice(0, maxOutput) ?? '';
  const status = health.Status === 'starting' ? 'its health check has not passed yet' : health.Status;
  return `, ${status}${health.Status === 'healthy' || output === '' ? '' : ` (${output})`}`;
}

function publishedPorts(bindings: Bindings): Map<number, string> {
  return new Map(
    Object.entries(bindings).flatMap(([inner, outer]) => {
      const fixed = (outer ?? []).filter(({ HostPort }) => Number(HostPort) > 0);
      // An IPv4 address first: the engine publishes a port twice where it has IPv6.
      const binding = fixed.find(({ HostIp = '' }) => !HostIp.includes(':')) ?? fixed[0];
      if (!binding || !inner.endsWith('/tcp')) return [];
      return [[Number.parseInt(inner, 10), `${reachableHost(binding.HostIp ?? '')}:${binding.HostPort}`]];
    }),
  );
}

/** Where this machine reaches a port that is published at an address of it. */
function reachableHost(address: string): string {
  if (address === '' || address === '0.0.0.0') return '127.0.0.1';
  if (address === '::') return '[::1]';
  return address.includes(':') ? `[${address}]` : address;
}

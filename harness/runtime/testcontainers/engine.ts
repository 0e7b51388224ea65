import type { ContainerRuntimeClient, ImageName } from 'testcontainers';
import { ReadinessError } from '../../errors/readiness-error.ts';
import { thisOwner } from '../folders/run-owner.ts';
import type { Reaper } from '../reaper/reaper.ts';
import { type EngineObjects, removeLabelled } from '../reaper/remove-labelled.mjs';
import { findAbandonedRuns, ownerLabel } from './abandoned-objects.ts';
import type { Docker } from './docker.ts';

/** Label of every container, network and volume of a run; its value is the id of the run. */
export const runLabel = 'pyairtable-readiness.run';
/**
 * The host of published ports. They are bound to this machine's loopback interface only; Testcontainers' own guess is
 * another address where it believes that it runs in a container itself.
 */
export const publishedHost = '127.0.0.1';
/** Maximum time to remove what is left of a run, milliseconds. */
const removeLimitMs = 8_000;

/** The container engine of this machine, as one run uses it. */
export interface Engine {
  readonly docker: Docker;
  readonly images: ContainerRuntimeClient['image'];
  nameOf(image: string): ImageName;
  /** Its address as in `DOCKER_HOST`. */
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Removes every container, network and volume of the run. */
  removeAll(): Promise<void>;
}

/**
 * Finds the engine of this machine and changes nothing in it. Testcontainers finds it: `DOCKER_HOST`, the current
 * context or the usual sockets.
 * @throws ReadinessError (exit code 4) when no engine responds, or when it runs on another machine
 */
export async function findEngine(): Promise<{
  client: ContainerRuntimeClient;
  address: Omit<EngineObjects, 'label'>;
}> {
  rejectRemoteAddress(process.env.DOCKER_HOST, 'DOCKER_HOST');
  const { getContainerRuntimeClient } = await import('testcontainers');
  let client: ContainerRuntimeClient;
  try {
    client = await getContainerRuntimeClient();
  } catch (error) {
    throw new ReadinessError(
      'engine-unavailable',
      `No container engine responds on this machine: ${(error as Error).message}.`,
    );
  }
  const address = engineAddress(client.container.dockerode);
  rejectOtherEngine(address.socketPath, process.env.DOCKER_HOST);
  if (address.socketPath === undefined)
    rejectRemoteAddress(`tcp://${address.host}:${address.port}`, 'the settings of Testcontainers or Docker');
  return { client, address };
}

/**
 * Connects to the engine, removes what abandoned runs have left in it, and registers the run's objects with the reaper.
 * @throws ReadinessError (exit code 4) when no engine responds, or when it runs on another machine
 */
export async function connectEngine(options: { runId: string; reaper: Reaper }): Promise<Engine> {
  const { client, address } = await findEngine();
  const { ImageName } = await import('testcontainers');
  const docker = client.container.dockerode;
  for (const abandoned of await findAbandonedRuns(docker))
    await removeLabelled(
      { ...address, label: `${runLabel}=${abandoned}` },
      { limitMs: removeLimitMs, announced: true },
    );
  const objects = { ...address, label: `${runLabel}=${options.runId}` };
  options.reaper.trackContainers(objects);
  await useRyukIfPresent(client, (name) => ImageName.fromString(name));
  return {
    docker,
    images: client.image,
    address: objects.socketPath ? `unix://${objects.socketPath}` : `tcp://${objects.host}:${objects.port}`,
    nameOf: (image) => ImageName.fromString(image),
    labels: {
      [runLabel]: options.runId,
      [ownerLabel]: JSON.stringify(await thisOwner(options.runId)),
    },
    removeAll: () => removeLabelled(objects, { limitMs: removeLimitMs, announced: true }),
  };
}

/**
 * Published ports are reached at this machine's loopback interface, so the engine must run here.
 * @param address a value of `DOCKER_HOST`; undefined or empty: the default socket
 * @param source what the address comes from, for the message
 * @throws ReadinessError (exit code 4) for the address of another machine
 */
export function rejectRemoteAddress(address: string | undefined, source: string): void {
  if (!address) return;
  const url = URL.parse(address);
  if (url?.protocol === 'unix:' || url?.protocol === 'npipe:') return;
  const tcp = url !== null && ['tcp:', 'http:', 'https:'].includes(url.protocol);
  if (tcp && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)) return;
  throw new ReadinessError(
    'engine-remote',
    `The container engine is on another machine: ${source} is "${address}".`,
  );
}

/**
 * Testcontainers goes on to the usual sockets when none responds at `DOCKER_HOST`. The run must not use another engine
 * than the named one.
 */
function rejectOtherEngine(socketPath: string | undefined, named: string | undefined): void {
  if (!named?.startsWith('unix:') || URL.parse(named)?.pathname === socketPath) return;
  throw new ReadinessError(
    'engine-unavailable',
    `No container engine responds at ${named}, which DOCKER_HOST names.`,
  );
}

/** Where the engine listens, for a process without packages. */
function engineAddress(docker: Docker): Omit<EngineObjects, 'label'> {
  const { socketPath, host, port, protocol, ca, cert, key } = docker.modem as unknown as {
    socketPath?: string;
    host?: string;
    port?: number | string;
    protocol?: string;
    ca?: string | Buffer;
    cert?: string | Buffer;
    key?: string | Buffer;
  };
  if (socketPath !== undefined) return { socketPath };
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(protocol === 'https'
      ? {
          tls: {
            ...(ca === undefined ? {} : { ca: String(ca) }),
            ...(cert === undefined ? {} : { cert: String(cert) }),
            ...(key === undefined ? {} : { key: String(key) }),
          },
        }
      : {}),
  };
}

/**
 * Testcontainers has a reaper of its own, Ryuk, in a container. It is used where its image is present; the harness's
 * own reaper works everywhere, so a missing image must not stop the run.
 */
async function useRyukIfPresent(
  client: ContainerRuntimeClient,
  nameOf: (image: string) => ImageName,
): Promise<void> {
  const { getReaper } = await import('testcontainers');
  // Testcontainers reads its settings from the environment only.
  const environment = process.env;
  const image = environment.RYUK_CONTAINER_IMAGE ?? ryukImage;
  if (!(await client.image.exists(nameOf(image)))) environment.TESTCONTAINERS_RYUK_DISABLED = 'true';
  await getReaper(client);
}

/** The default of Testcontainers 12. */
const ryukImage = 'testcontainers/ryuk:0.14.0';

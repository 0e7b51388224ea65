import type { ServiceName } from '../../platform/contracts/service.ts';

/** The drill of a failover: it may be used once per run, after all other checks. */
export interface Failover {
  /** Connection URL of the standby, with the rights of the database owner. */
  readonly standbyUrl: string;
  /**
   * Kills the primary with SIGKILL and waits until the supervisor has promoted the standby.
   * @returns times of `performance.now()`
   * @throws Error when nothing was promoted before the signal aborts
   */
  killPrimary(signal: AbortSignal): Promise<{ killedAtMs: number; promotedAtMs: number }>;
}

/** The stores that have a second server. */
export type ReplicatedStore = 'postgres' | 'redis';

/** What happened in one restart of a node. Times are of `performance.now()`. */
export interface Restart {
  /** When the stop signal was sent. */
  stoppedAtMs: number;
  exitedAtMs: number;
  /** How it ended, e.g. `exited with code 0`. */
  exit: string;
  /** When it was ready again; absent when it was not. */
  readyAtMs?: number;
  /** Why it was not ready again. */
  failure?: string;
}

/** Restarts of the booted platform's nodes. */
export interface NodeRestarts {
  /** Nodes that are ready and can be restarted: stores and services. */
  readonly nodes: readonly string[];
  /**
   * Stops a node as a deployment does, with its stop signal and time to finish, and starts it again with the same
   * configuration at the same address. Meanwhile connections are refused.
   * @param options.whileDown called when it has exited; it is started again when this settles. Default: at once
   * @throws Error for a node that is not in `nodes`; the signal's reason when that aborts; what `whileDown` throws, after
   * the node was started again
   */
  restart(
    node: string,
    signal: AbortSignal,
    options?: { whileDown?: () => Promise<unknown> },
  ): Promise<Restart>;
  /**
   * Ends a service with SIGKILL, as a crash does, and starts it again in the same way.
   * @param options.until it stays down until this settles; default: it is started again at once
   * @throws Error for a node that is not in `nodes`, and for a store; the signal's reason when that aborts
   */
  kill(service: string, signal: AbortSignal, options?: { until?: Promise<unknown> }): Promise<Restart>;
}

/** How one more process of a service differs from the first one. */
export interface OtherSettings {
  /** Environment variables. */
  set?: Readonly<Record<string, string>>;
  /** How far its clock is ahead, milliseconds; negative: behind. */
  clockMs?: number;
}

/** What a check may do to the processes of the platform. All of it ends with the work of the check. */
export interface ProcessControl {
  /**
   * Starts one more process of a service, with other settings, on the same stores and peers. Nobody calls it but the
   * check, so that everything else goes on undisturbed.
   * @returns its base URL; disposing stops it
   * @throws Error when it does not become ready, or the signal aborts
   */
  startAnother(
    service: ServiceName,
    settings: OtherSettings,
    signal: AbortSignal,
  ): Promise<{ readonly url: string } & AsyncDisposable>;
  /**
   * Runs the migrations on another database of the platform's PostgreSQL, which exists and is empty.
   * @throws Error when they fail
   */
  migrate(database: string, signal: AbortSignal): Promise<void>;
  /** Suspends services and stores during the work: they accept connections and do nothing. */
  whileSuspended<T>(nodes: readonly string[], work: () => Promise<T>): Promise<T>;
  /**
   * During the work a service can write no file beyond this size, as on a disk without room.
   * @throws MissingCapability where the system cannot limit a running process
   */
  whileFilesLimited<T>(service: ServiceName, bytes: number, work: () => Promise<T>): Promise<T>;
}

/** Addresses of the booted system. */
export interface StackAddresses {
  /**
   * Base URL without trailing slash, e.g. `http://127.0.0.1:40123`. Checks see all services; reading one that a target
   * gives no address of throws MissingCapability.
   */
  readonly services: Readonly<Record<ServiceName, string>>;
  /**
   * Origin of the gateway as the services reach it, which requests of workflows may call; absent where the services use
   * the same as checks.
   */
  readonly gatewayInside?: string;
  /** Present where the runtime gives administrative access. */
  readonly postgres?: {
    /** Connection URL with the rights of the database owner. */
    readonly adminUrl: string;
    /** Connection URL per service, with the service's own role, for services that have one. */
    readonly serviceUrls: Readonly<Partial<Record<ServiceName, string>>>;
  };
  readonly redis?: { readonly url: string };
  /** The key with which platform-services accepts calls of other services; absent where the harness has none. */
  readonly internalKey?: string;
  /** Folder of the mails that the platform writes instead of sending them; absent where it cannot be read. */
  readonly mailFolder?: string;
  /** Folder in which file-service stores files; absent where it cannot be read. */
  readonly filesFolder?: string;
  /** Nodes that have a network of their own on this machine, by name; absent where they share the machine's. */
  readonly networks?: Readonly<Record<string, NodeNetwork>>;
  /** URLs of what takes over, by node: standby, replica, Sentinels, second processes of services. For people. */
  readonly redundant?: Readonly<Record<string, string>>;
}

/** The network of a node, e.g. of its container. */
export interface NodeNetwork {
  /** A process in that network: `/proc/<pid>/net` has its sockets. */
  readonly pid: number;
  /** Ports on which the node is expected to listen. */
  readonly ports: readonly number[];
}

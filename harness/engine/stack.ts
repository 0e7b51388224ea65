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

/** Addresses of the booted system. */
export interface StackAddresses {
  /**
   * Base URL without trailing slash, e.g. `http://127.0.0.1:40123`. Checks see all services; reading one that a target
   * gives no address of throws MissingCapability.
   */
  readonly services: Readonly<Record<ServiceName, string>>;
  /** Present where the runtime gives administrative access. */
  readonly postgres?: {
    /** Connection URL with the rights of the database owner. */
    readonly adminUrl: string;
    /** Connection URL per service, with the service's own role, for services that have one. */
    readonly serviceUrls: Readonly<Partial<Record<ServiceName, string>>>;
  };
  readonly redis?: { readonly url: string };
  /** Nodes that have a network of their own on this machine, by name; absent where they share the machine's. */
  readonly networks?: Readonly<Record<string, NodeNetwork>>;
}

/** The network of a node, e.g. of its container. */
export interface NodeNetwork {
  /** A process in that network: `/proc/<pid>/net` has its sockets. */
  readonly pid: number;
  /** Ports on which the node is expected to listen. */
  readonly ports: readonly number[];
}

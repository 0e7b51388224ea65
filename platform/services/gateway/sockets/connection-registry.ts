import type { SocketConnection } from './socket-connection.ts';

/** Maximum numbers of open connections of one gateway process. */
export interface SocketCapacity {
  /** In all, signed in or not. */
  process: number;
  /** Of the users of one tenant. */
  tenant: number;
  user: number;
}

/** The connections whose user is known, by user and tenant. */
export interface ConnectionRegistry {
  /** Number of all connections. */
  readonly connections: number;
  /** Number of users with a connection. */
  readonly users: number;
  /** Adds a connection whose claims are known. @returns false when there are too many already */
  add(connection: SocketConnection): boolean;
  delete(connection: SocketConnection): void;
  ofUser(userId: string): ReadonlySet<SocketConnection>;
  ofTenant(tenantId: string): ReadonlySet<SocketConnection>;
}

const connectionsPerSession = 5;
const none: ReadonlySet<SocketConnection> = new Set();

/**
 * @param onUser called with the connections of a user when the first one opens; what it returns is called when the last
 * one has closed
 */
export function createConnectionRegistry({
  capacity,
  onUser,
}: {
  capacity: Pick<SocketCapacity, 'tenant' | 'user'>;
  onUser(userId: string, own: ReadonlySet<SocketConnection>): () => void;
}): ConnectionRegistry {
  const byUser = new Map<string, { own: Set<SocketConnection>; leave: () => void }>();
  const byTenant = new Map<string, Set<SocketConnection>>();

  let connections = 0;

  return {
    get connections() {
      return connections;
    },
    get users() {
      return byUser.size;
    },
    add(connection) {
      const { claims, sessionId } = connection;
      if (claims === undefined) return false;
      const { user_id: userId, tenant_id: tenantId } = claims;
      const ofTenant = byTenant.get(tenantId) ?? new Set();
      const known = byUser.get(userId);
      const own = known?.own ?? new Set();
      const ofSession = [...own].filter((other) => other.sessionId === sessionId);
      const isFull =
        ofSession.length >= connectionsPerSession ||
        own.size >= capacity.user ||
        ofTenant.size >= capacity.tenant;
      if (isFull) return false;
      own.add(connection);
      connections += 1;
      byTenant.set(tenantId, ofTenant.add(connection));
      if (known === undefined) byUser.set(userId, { own, leave: onUser(userId, own) });
      return true;
    },
    delete(connection) {
      const { claims } = connection;
      if (claims === undefined) return;
      const ofTenant = byTenant.get(claims.tenant_id);
      ofTenant?.delete(connection);
      if (ofTenant?.size === 0) byTenant.delete(claims.tenant_id);
      const known = byUser.get(claims.user_id);
      // One that was rejected has never been in it.
      if (known?.own.delete(connection) !== true) return;
      connections -= 1;
      if (known.own.size > 0) return;
      known.leave();
      byUser.delete(claims.user_id);
    },
    ofUser: (userId) => byUser.get(userId)?.own ?? none,
    ofTenant: (tenantId) => byTenant.get(tenantId) ?? none,
  };
}

import type { AddressInfo } from 'node:net';
import { platformServices } from '../../../contracts/platform-services/contract.ts';
import { createLog } from '../../../kit/observe/log.ts';
import type { Authorities } from '../../../kit/rights/authorities.ts';
import { roleIn } from '../../../kit/rights/judge.ts';
import { buildService } from '../../../kit/service/build-service.ts';
import type { TestUser } from './temporary-airtable-gateway.ts';

export interface DirectoryPeer extends AsyncDisposable {
  readonly url: string;
  /** Number of searches so far. */
  searches(): number;
  /** Stops listening: later searches find no service. */
  leave(): Promise<void>;
}

/** Serves the search for members of platform-services, for these users and their rights. */
export async function startDirectoryPeer(
  users: readonly TestUser[],
  authorities: Authorities,
): Promise<DirectoryPeer> {
  let searches = 0;
  const { findMembers } = platformServices.routes;
  const contract = { ...platformServices, mounts: [], routes: { findMembers } };
  const app = buildService(contract, {
    config: { INTERNAL_API_KEY: 'k'.repeat(32) },
    log: createLog({ service: 'platform-services', level: 'silent' }),
    dependencies: [],
    handlers: {
      async findMembers({ body }) {
        searches += 1;
        const { tenant_id, workspace_id, id_prefixes, emails, names } = body;
        const isAll = (id_prefixes ?? emails ?? names) === undefined;
        const found = users
          .map(({ claims }) => claims)
          .filter((claims) => claims.tenant_id === tenant_id)
          .filter(
            ({ user_id, email, name }) =>
              isAll ||
              id_prefixes?.some((prefix) => user_id.startsWith(prefix)) ||
              emails?.includes(email) ||
              names?.includes(name),
          );
        const members = await Promise.all(
          found.map(async ({ user_id: id, email, name }) => {
            const authority = await authorities.of({ user_id: id, tenant_id });
            const role = authority && roleIn(authority, workspace_id);
            return role && { id, email, name, membership: { role, added_at: '2025-08-07T12:00:00.000Z' } };
          }),
        );
        return { members: members.filter((member) => member !== undefined) };
      },
    },
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const close = async () => {
    app.server.closeAllConnections();
    await app.close();
  };
  return {
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    searches: () => searches,
    leave: close,
    [Symbol.asyncDispose]: close,
  };
}

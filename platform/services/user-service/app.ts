import type { FastifyInstance } from 'fastify';
import type { AccessClaims } from '../../contracts/identity.ts';
import { type Profile, userService } from '../../contracts/user-service/contract.ts';
import type { Authenticate } from '../../kit/auth/access.ts';
import { tenantOf } from '../../kit/auth/tenant-of.ts';
import { eraseRows } from '../../kit/erasure/erase.ts';
import { exportLines } from '../../kit/erasure/export-rows.ts';
import { problem, storeProblem } from '../../kit/http/problem.ts';
import type { Log } from '../../kit/observe/log.ts';
import { type Database, isSqlState } from '../../kit/postgres/database.ts';
import type { Authorities } from '../../kit/rights/authorities.ts';
import { buildService } from '../../kit/service/build-service.ts';
import type { Dependency } from '../../kit/service/dependency.ts';
import type { Config } from './config.ts';
import { erasedTables } from './erased-tables.ts';
import { exportedTables } from './exported-tables.ts';
import {
  changeProfile,
  countProfiles,
  createProfile,
  deleteProfile,
  findProfile,
  listProfiles,
  ownProfile,
  refreshProfile,
} from './profiles.ts';

export interface AppDeps {
  config: Pick<Config, 'INTERNAL_API_KEY'>;
  log: Log;
  database: Database;
  dependencies: readonly Dependency[];
  authenticate: Authenticate;
  authorities: Authorities;
}

/** SQLSTATE of a row that a row-level security policy rejects. */
const rowRejected = '42501';

/**
 * The caller's own profile.
 * @throws ProblemError `not_ready` for a user who has just moved to another tenant: the former profile is being erased
 */
async function profileOf(database: Database, claims: AccessClaims): Promise<Profile> {
  try {
    return await ownProfile(database, claims);
  } catch (error) {
    if (isSqlState(error, rowRejected)) throw storeProblem(error, 'Your profile is moving. Try again.');
    throw error;
  }
}

/** Builds the user service; it does not listen. */
export function buildApp({ database, authorities, ...service }: AppDeps): FastifyInstance {
  return buildService(userService, {
    ...service,
    rights: { authorities },
    idempotency: { database, schema: 'profiles' },
    handlers: {
      ownProfile: ({ caller }) => profileOf(database, caller),

      async changeOwnProfile({ caller, body }) {
        // At the user's first request the row does not exist yet.
        const profile = await profileOf(database, caller);
        return Object.keys(body).length === 0 ? profile : changeProfile(database, tenantOf(caller), body);
      },

      async list({ caller, query }) {
        const { entries, total, ...page } = await listProfiles(database, tenantOf(caller), query);
        return { users: entries, total, ...page, total_pages: Math.ceil(total / page.page_size) };
      },

      stats: ({ caller }) => countProfiles(database, tenantOf(caller)),

      async profile({ caller, params }) {
        const own = params.id === caller.user_id;
        const found = own
          ? await profileOf(database, caller)
          : await findProfile(database, tenantOf(caller), params.id);
        if (found === undefined) throw problem('not_found');
        return found;
      },

      async createProfile({ body }) {
        try {
          return await createProfile(
            database,
            { tenantId: body.tenant_id, userId: body.id },
            {
              id: body.id,
              email: body.email,
              displayName: body.display_name ?? (body.email.split('@')[0] as string),
              firstName: body.first_name,
              lastName: body.last_name,
              role: body.role,
            },
          );
        } catch (error) {
          // The id belongs to another tenant, whose row can be neither read nor changed.
          if (isSqlState(error, rowRejected)) throw problem('conflict', { cause: error });
          throw error;
        }
      },

      async refreshProfile({ params, body }) {
        await refreshProfile(database, { tenantId: body.tenant_id, userId: params.id }, body);
      },

      async deleteProfile({ params, query }) {
        await deleteProfile(database, { tenantId: query.tenant_id, userId: params.id });
      },

      erase: async ({ body }) => ({ erased: await eraseRows(database, erasedTables, body) }),
      exportData: async ({ body }) => exportLines(database, exportedTables, body),
    },
  });
}

import type { platformServices } from '../../../contracts/platform-services/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { TokenVerifier } from '../../../kit/auth/token-verifier.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { originOf } from '../audit/audit.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { TokenIssuer } from '../sessions/tokens.ts';
import * as grants from './grants.ts';
import { mintToken } from './mint-token.ts';

type GrantRoute = 'listGrants' | 'revokeGrant' | 'createGrant' | 'mintToken' | 'endGrant';

/** Grants by which services act for users in sagas and workflows. */
export function grantHandlers(deps: {
  database: Database;
  sessions: Sessions;
  issuer: TokenIssuer;
  verifier: TokenVerifier;
}): Pick<Handlers<typeof platformServices>, GrantRoute> {
  const { database, sessions, verifier } = deps;
  return {
    listGrants: async ({ caller }) => ({ grants: await grants.listGrants(database, tenantOf(caller)) }),

    revokeGrant(request) {
      const { caller, params } = request;
      const { publishEnds } = sessions;
      return grants.revokeGrant({ database, publishEnds }, tenantOf(caller), params.id, originOf(request));
    },

    async createGrant(request) {
      const { body, raw, requestId } = request;
      const claims = await verifier.authenticate(body.subject_token);
      return grants.createGrant(database, claims, body, originOf({ raw, requestId, caller: claims }));
    },

    mintToken(request) {
      const { params, body } = request;
      const { tenant_id: tenantId, actor, compensation } = body;
      return mintToken(deps, { grantId: params.id, tenantId, actor, compensation }, originOf(request));
    },

    endGrant: ({ params, query }) => grants.endGrant(database, query.tenant_id, params.id),
  };
}

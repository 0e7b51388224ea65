import type { platformServices } from '../../../contracts/platform-services/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { originOf } from '../audit/audit.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { TokenIssuer } from '../sessions/tokens.ts';
import { exchangePersonalToken } from './exchange-personal-token.ts';
import * as tokens from './personal-tokens.ts';

type TokenRoute =
  | 'createToken'
  | 'listTokens'
  | 'readToken'
  | 'changeToken'
  | 'revokeToken'
  | 'exchangeToken';

export function personalTokenHandlers(deps: {
  database: Database;
  sessions: Sessions;
  issuer: TokenIssuer;
}): Pick<Handlers<typeof platformServices>, TokenRoute> {
  const { database, sessions } = deps;

  /**
   * Ends the access tokens that services hold with former rights. Not needed for the token itself: the gateway exchanges
   * it again within seconds. So the change also succeeds without Redis.
   */
  async function publishEnds(grantIds: readonly string[], log: Log): Promise<void> {
    await sessions.publishEnds(grantIds).catch((error: unknown) => {
      log.warn({ err: String(error) }, 'could not publish the end of a token’s former rights');
    });
  }

  return {
    createToken(request) {
      const who = tenantOf(request.caller);
      return tokens.createPersonalToken(database, who, request.body, originOf(request));
    },
    listTokens: async ({ caller }) => ({
      tokens: await tokens.listPersonalTokens(database, tenantOf(caller)),
    }),
    readToken: ({ caller, params }) => tokens.readPersonalToken(database, tenantOf(caller), params.id),
    async changeToken(request) {
      const { caller, params, body: change, log } = request;
      const what = { change, origin: originOf(request) };
      const changed = await tokens.changePersonalToken(database, tenantOf(caller), params.id, what);
      await publishEnds(changed.revoked, log);
      return changed.token;
    },
    async revokeToken(request) {
      const { caller, params, log } = request;
      const who = tenantOf(caller);
      await publishEnds(await tokens.deletePersonalToken(database, who, params.id, originOf(request)), log);
    },
    exchangeToken: ({ body }) => exchangePersonalToken(deps, body.token),
  };
}

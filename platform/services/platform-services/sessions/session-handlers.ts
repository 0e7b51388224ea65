import type { platformServices } from '../../../contracts/platform-services/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { TokenVerifier } from '../../../kit/auth/token-verifier.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { problem } from '../../../kit/http/problem.ts';
import { originOf } from '../audit/audit.ts';
import { arrivalOf } from './refresh-arrivals.ts';
import type { Sessions } from './sessions.ts';
import type { SigningKeys } from './signing-keys.ts';
import type { TokenIssuer } from './tokens.ts';

/** How long clients may cache the key set, seconds. They fetch it again when they meet an unknown key id. */
const jwksMaxAgeS = 60;

type SessionRoute =
  | 'refresh'
  | 'logout'
  | 'validate'
  | 'listSessions'
  | 'revokeSession'
  | 'jwks'
  | 'rotateSigningKey';

/** Sessions, their tokens and the keys that sign them. */
export function sessionHandlers(deps: {
  sessions: Sessions;
  keys: SigningKeys;
  issuer: TokenIssuer;
  verifier: TokenVerifier;
}): Pick<Handlers<typeof platformServices>, SessionRoute> {
  const { sessions, keys, issuer, verifier } = deps;
  return {
    async refresh(request) {
      const { refresh_token } = request.body;
      const { user, sessionId, refreshToken } = await sessions.refresh(
        refresh_token,
        originOf(request),
        arrivalOf(request),
      );
      return issuer.issue(user, sessionId, refreshToken);
    },

    async logout(request) {
      const { caller } = request;
      await sessions.end(tenantOf(caller), caller.session_id, 'logout', originOf(request));
    },

    async validate({ body }) {
      const claims = await verifier.authenticate(body.token);
      if (!(await sessions.isActive(claims))) throw problem('token_revoked');
      return { valid: true as const, claims };
    },

    listSessions: ({ caller, query }) => sessions.list(caller, query),

    async revokeSession(request) {
      const { caller, params } = request;
      const ended = await sessions.end(tenantOf(caller), params.id, 'session_revoked', originOf(request));
      if (!ended) throw problem('not_found');
    },

    async jwks({ reply }) {
      reply.header('cache-control', `public, max-age=${jwksMaxAgeS}`);
      return { keys: await keys.published() };
    },

    async rotateSigningKey({ log }) {
      const { kid } = await keys.rotate();
      log.warn({ kid }, 'signing key rotated');
      return { kid };
    },
  };
}

import type { platformServices } from '../../../contracts/platform-services/contract.ts';
import type { TokenVerifier } from '../../../kit/auth/token-verifier.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import { auditValues, insertAudit, type Origin, originOf } from '../audit/audit.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { SigningKeys } from '../sessions/signing-keys.ts';
import type { TokenIssuer } from '../sessions/tokens.ts';
import {
  type Account,
  auditFailedLogin,
  createAccount,
  findAccount,
  type SessionLife,
  type StartedSession,
  startSession,
  type UserRow,
} from './accounts.ts';
import type { Lockout } from './lockout.ts';
import { assertStrongPassword } from './password-rules.ts';
import type { Passwords } from './passwords.ts';

export interface AuthDeps {
  database: Database;
  passwords: Passwords;
  lockout: Lockout;
  sessions: Sessions;
  keys: SigningKeys;
  issuer: TokenIssuer;
  verifier: TokenVerifier;
  life: SessionLife;
  /** Called when there is an event to publish; must not wait for it. */
  onEvent: () => void;
}

type AuthRoute =
  | 'register'
  | 'login'
  | 'refresh'
  | 'logout'
  | 'validate'
  | 'me'
  | 'changePassword'
  | 'listSessions'
  | 'revokeSession'
  | 'jwks'
  | 'rotateSigningKey';

/** How long others may keep the key set, seconds. New keys are fetched on sight of their id anyway. */
const jwksMaxAgeS = 60;

const readUser = {
  name: 'read_user',
  text: `select id, tenant_id, email, name, first_name, last_name, role, is_active, created_at, password_hash
         from identity.users where id = $1`,
};

export function authHandlers(deps: AuthDeps): Pick<Handlers<typeof platformServices>, AuthRoute> {
  const { database, passwords, lockout, sessions, keys, issuer, verifier, life, onEvent } = deps;

  async function tokensFor(user: UserRow, sessionId: string, refreshToken: string) {
    return {
      access_token: await issuer.issue(user, sessionId),
      refresh_token: refreshToken,
      token_type: 'Bearer' as const,
      expires_in: issuer.seconds,
    };
  }

  async function answerSession({ user, sessionId, refreshToken, workspaceId }: StartedSession) {
    return { ...(await tokensFor(user, sessionId, refreshToken)), user, workspace_id: workspaceId };
  }

  /** Checks a password with all that belongs to it. Returns only when it is right. */
  async function checkPassword(
    email: string,
    found: Account | undefined | Promise<Account | undefined>,
    password: string,
    origin: Origin,
  ) {
    const [account] = await Promise.all([found, lockout.assertOpen(email, origin.address)]);
    const matches = await passwords.verify(account?.password_hash, password);
    if (!matches || !account?.is_active) {
      const locked = await lockout.fail(email, origin.address);
      await auditFailedLogin(database, account, { origin, locked });
      throw problem('invalid_credentials');
    }
    await lockout.clear(email, origin.address);
    return account;
  }

  async function currentAccount(who: Tenant): Promise<Account> {
    const { rows } = await database.tenantQuery<Account>(who, readUser, [who.userId]);
    const account = rows[0];
    if (account === undefined || !account.is_active) throw problem('token_revoked');
    return account;
  }

  return {
    async register(request) {
      const { body } = request;
      assertStrongPassword(body.password, 'password', [body.email, body.name ?? '']);
      if (await findAccount(database, body.email)) throw problem('duplicate_email');
      const passwordHash = await passwords.hash(body.password);
      const started = await createAccount(database, body, { passwordHash, origin: originOf(request), life });
      onEvent();
      return answerSession(started);
    },

    async login(request) {
      const origin = originOf(request);
      const { email, password } = request.body;
      const account = await checkPassword(email, findAccount(database, email), password, origin);
      return answerSession(await startSession(database, account, { origin, life }));
    },

    async refresh(request) {
      const { user, sessionId, refreshToken } = await sessions.refresh(
        request.body.refresh_token,
        originOf(request),
      );
      return tokensFor(user, sessionId, refreshToken);
    },

    async logout(request) {
      const { caller } = request;
      const who = { tenantId: caller.tenant_id, userId: caller.user_id };
      await sessions.end(who, caller.session_id, 'logout', originOf(request));
    },

    async validate({ body }) {
      const claims = await verifier.authenticate(body.token);
      if (!(await sessions.isAlive(claims))) throw problem('token_revoked');
      return { valid: true as const, claims };
    },

    async me({ caller }) {
      return currentAccount({ tenantId: caller.tenant_id, userId: caller.user_id });
    },

    async changePassword(request) {
      const { body, caller } = request;
      const origin = originOf(request);
      const who = { tenantId: caller.tenant_id, userId: caller.user_id };
      const account = await currentAccount(who);
      assertStrongPassword(body.new_password, 'new_password', [account.email, account.name]);
      await checkPassword(account.email, account, body.current_password, origin);
      const passwordHash = await passwords.hash(body.new_password);
      const ended = await database.withTenant(who, async (tx) => {
        await tx.query(
          'update identity.users set password_hash = $2, password_changed_at = now(), updated_at = now() where id = $1',
          [who.userId, passwordHash],
        );
        const { rows } = await tx.query<{ id: string }>(
          `update identity.sessions set revoked_at = now(), revoke_reason = 'password_changed'
           where user_id = $1 and id <> $2 and revoked_at is null returning id`,
          [who.userId, caller.session_id],
        );
        const entry = {
          event: 'password_changed',
          outcome: 'success',
          tenantId: who.tenantId,
          actorId: who.userId,
        } as const;
        const details = { sessions_ended: rows.length };
        await tx.query(insertAudit, auditValues({ ...entry, details }, origin));
        return rows.map(({ id }) => id);
      });
      await sessions.publishEnds(ended);
    },

    listSessions: async ({ caller }) => ({ sessions: await sessions.list(caller) }),

    async revokeSession(request) {
      const { caller, params } = request;
      const who = { tenantId: caller.tenant_id, userId: caller.user_id };
      if (!(await sessions.end(who, params.id, 'session_revoked', originOf(request))))
        throw problem('not_found');
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

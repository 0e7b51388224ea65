import type { platformServices } from '../../../contracts/platform-services/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import type { AnnounceAuthority } from '../../../kit/rights/authority-changes.ts';
import { type Origin, originOf } from '../audit/audit.ts';
import { deleteAccount } from '../erasures/delete-account.ts';
import { readErasure } from '../erasures/erasures.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { TokenIssuer } from '../sessions/tokens.ts';
import {
  type Account,
  auditFailedLogin,
  createAccount,
  currentAccount,
  findAccount,
  replacePassword,
  type SessionLifetime,
  type StartedSession,
  startSession,
} from './accounts.ts';
import type { Lockout } from './lockout.ts';
import { assertStrongPassword } from './password-rules.ts';
import type { Passwords } from './passwords.ts';

export interface AccountDeps {
  database: Database;
  passwords: Passwords;
  lockout: Lockout;
  sessions: Sessions;
  issuer: TokenIssuer;
  lifetime: SessionLifetime;
  /** Called when an event is ready to publish. Must return at once. */
  onEvent: () => void;
  /** Called when a deleted account is to be erased. Must return at once. */
  onErasure: () => void;
  announce: AnnounceAuthority;
  /** Time in which requests of a deleted account may still write, seconds. */
  quietSeconds: number;
}

/** Registration, sign-in and the signed-in user's own account. */
export function accountHandlers(
  deps: AccountDeps,
): Pick<
  Handlers<typeof platformServices>,
  'register' | 'login' | 'me' | 'changePassword' | 'deleteOwnAccount' | 'erasure'
> {
  const {
    database,
    passwords,
    lockout,
    sessions,
    issuer,
    lifetime,
    onEvent,
    onErasure,
    announce,
    quietSeconds,
  } = deps;

  async function sessionBody({ user, sessionId, refreshToken, workspaceId }: StartedSession) {
    return { ...(await issuer.issue(user, sessionId, refreshToken)), user, workspace_id: workspaceId };
  }

  /** @throws ProblemError `invalid_credentials`, `account_deactivated`, `account_locked` or `not_ready` */
  async function verifyPassword(
    email: string,
    found: Account | undefined | Promise<Account | undefined>,
    password: string,
    origin: Origin,
  ): Promise<Account> {
    const [account] = await Promise.all([found, lockout.assertOpen(email, origin.address)]);
    const matches = await passwords.verify(account?.password_hash, password);
    if (!matches || account === undefined) {
      const locked = await lockout.fail(email, origin.address);
      await auditFailedLogin(database, account, { origin, locked });
      throw problem('invalid_credentials');
    }
    await lockout.clear(email, origin.address);
    // Only who knows the password learns that there is such an account.
    if (!account.is_active) throw problem('account_deactivated');
    return account;
  }

  return {
    async register(request) {
      const { body } = request;
      await assertStrongPassword(body.password, 'password', [body.email, body.name ?? '']);
      if (await findAccount(database, body.email)) throw problem('duplicate_email');
      const passwordHash = await passwords.hash(body.password);
      const started = await createAccount(database, body, {
        passwordHash,
        origin: originOf(request),
        lifetime,
      });
      onEvent();
      return sessionBody(started);
    },

    async login(request) {
      const origin = originOf(request);
      const { email, password } = request.body;
      const account = await verifyPassword(email, findAccount(database, email), password, origin);
      return sessionBody(await startSession(database, account, { origin, lifetime }));
    },

    me: ({ caller }) => currentAccount(database, tenantOf(caller)),

    async changePassword(request) {
      const { body, caller } = request;
      const origin = originOf(request);
      const who = tenantOf(caller);
      const account = await currentAccount(database, who);
      await assertStrongPassword(body.new_password, 'new_password', [account.email, account.name]);
      await verifyPassword(account.email, account, body.current_password, origin);
      const passwordHash = await passwords.hash(body.new_password);
      const change = { passwordHash, currentSessionId: caller.session_id };
      await sessions.publishEnds(await replacePassword(database, who, change, origin));
    },

    async deleteOwnAccount(request) {
      const { body, caller } = request;
      const who = tenantOf(caller);
      const account = await currentAccount(database, who);
      await verifyPassword(account.email, account, body.current_password, originOf(request));
      const { publishEnds } = sessions;
      const erasure = await deleteAccount({ database, publishEnds, announce, quietSeconds }, who, {
        withOtherUsers: false,
      });
      if (erasure === undefined) throw problem('token_revoked');
      onErasure();
      return erasure;
    },

    erasure: ({ params }) => readErasure(database, params.id),
  };
}

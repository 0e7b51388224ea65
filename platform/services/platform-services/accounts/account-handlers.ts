import type { User } from '../../../contracts/identity.ts';
import type { platformServices } from '../../../contracts/platform-services/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { ProblemError, problem } from '../../../kit/http/problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import type { AnnounceAuthority } from '../../../kit/rights/authority-changes.ts';
import { originOf } from '../audit/audit.ts';
import { deleteAccount } from '../erasures/delete-account.ts';
import { readErasure } from '../erasures/erasures.ts';
import type { Mailer } from '../mail/mailer.ts';
import { resendVerification } from '../recovery/verify-email.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { TokenIssuer } from '../sessions/tokens.ts';
import {
  createAccount,
  currentAccount,
  findAccount,
  type SessionLifetime,
  type StartedSession,
  startSession,
} from './accounts.ts';
import { assertStrongPassword } from './password-rules.ts';
import type { Passwords } from './passwords.ts';
import { replacePasswordIn } from './replace-password.ts';
import type { VerifyPassword } from './verify-password.ts';

export interface AccountDeps {
  database: Database;
  passwords: Passwords;
  verifyPassword: VerifyPassword;
  mailer: Mailer;
  sessions: Sessions;
  issuer: TokenIssuer;
  lifetime: SessionLifetime;
  /** Whether an address must be confirmed before sign-in. */
  requireVerifiedEmail: boolean;
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
  const { database, passwords, verifyPassword, mailer, sessions, issuer, lifetime, requireVerifiedEmail } =
    deps;
  const { onEvent, onErasure, announce, quietSeconds } = deps;

  async function sessionBody({ user, sessionId, refreshToken, workspaceId }: StartedSession) {
    return { ...(await issuer.issue(user, sessionId, refreshToken)), user, workspace_id: workspaceId };
  }

  /** Rejects an account whose address is not confirmed, where that is required. The mail is sent again. */
  async function assertVerified(account: User): Promise<void> {
    if (!requireVerifiedEmail || account.email_verified) return;
    const who = { tenantId: account.tenant_id, userId: account.id };
    await resendVerification({ database, mailer }, who).catch((error: unknown) => {
      // The last mail is recent, or there were many.
      if (!(error instanceof ProblemError)) throw error;
    });
    throw problem('email_not_verified');
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
        // Nobody may use this session.
        lifetime: requireVerifiedEmail ? { refreshDays: 0, sessionDays: 0 } : lifetime,
        mailer,
      });
      onEvent();
      mailer.wake();
      if (requireVerifiedEmail)
        throw problem('email_not_verified', {
          message:
            'The account is created. Confirm your email address with the link in the mail, then sign in.',
        });
      return sessionBody(started);
    },

    async login(request) {
      const origin = originOf(request);
      const { email, password } = request.body;
      const account = await verifyPassword(email, findAccount(database, email), password, origin);
      await assertVerified(account);
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
      const change = { passwordHash, currentSessionId: caller.session_id, origin };
      const ended = await database.withTenant(who, (tx) => replacePasswordIn(tx, mailer, who, change));
      mailer.wake();
      await sessions.publishEnds(ended);
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

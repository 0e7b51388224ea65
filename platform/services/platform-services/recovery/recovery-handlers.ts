import type { platformServices } from '../../../contracts/platform-services/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { currentAccount } from '../accounts/accounts.ts';
import type { Lockout } from '../accounts/lockout.ts';
import { assertStrongPassword } from '../accounts/password-rules.ts';
import type { Passwords } from '../accounts/passwords.ts';
import type { VerifyPassword } from '../accounts/verify-password.ts';
import { originOf } from '../audit/audit.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { ownerOfToken } from './account-tokens.ts';
import { confirmEmailChange, requestEmailChange, undoEmailChange } from './change-email.ts';
import { requestReset, resetPassword } from './reset-password.ts';
import { resendVerification, verifyEmail } from './verify-email.ts';

export interface RecoveryDeps {
  database: Database;
  mailer: Mailer;
  passwords: Passwords;
  lockout: Lockout;
  sessions: Pick<Sessions, 'publishEnds'>;
  verifyPassword: VerifyPassword;
  /** Called when a request to reset a password is stored. Must return at once. */
  onResetRequest: () => void;
  /** Called when user-service needs to hear of a change. Must return at once. */
  onChangedUser: () => void;
}

type RecoveryRoute =
  | 'verifyEmail'
  | 'resendVerification'
  | 'forgotPassword'
  | 'resetPassword'
  | 'changeEmail'
  | 'confirmEmailChange'
  | 'undoEmailChange';

/** Confirmation of addresses, lost passwords and changes of address. */
export function recoveryHandlers(deps: RecoveryDeps): Pick<Handlers<typeof platformServices>, RecoveryRoute> {
  const { database, mailer, passwords, lockout, sessions, verifyPassword, onResetRequest, onChangedUser } =
    deps;
  return {
    verifyEmail: (request) => verifyEmail(database, request.body.token, originOf(request)),

    resendVerification: ({ caller }) => resendVerification({ database, mailer }, tenantOf(caller)),

    async forgotPassword(request) {
      await requestReset(database, request.body.email, originOf(request));
      onResetRequest();
    },

    async resetPassword(request) {
      const { token, new_password } = request.body;
      const origin = originOf(request);
      // Before the expensive hash, and again in the transaction.
      const owner = await ownerOfToken(database, token, 'reset_password');
      await assertStrongPassword(new_password, 'new_password', [owner.email, owner.name]);
      const passwordHash = await passwords.hash(new_password);
      const { ended, email } = await resetPassword({ database, mailer }, { token, passwordHash, origin });
      mailer.wake();
      await lockout.forgive(email, origin.address);
      await sessions.publishEnds(ended);
    },

    async changeEmail(request) {
      const { body, caller } = request;
      const origin = originOf(request);
      const who = tenantOf(caller);
      const account = await currentAccount(database, who);
      await verifyPassword(account.email, account, body.current_password, origin);
      await requestEmailChange({ database, mailer }, who, { newEmail: body.new_email, origin });
    },

    async confirmEmailChange(request) {
      await confirmEmailChange(
        { database, mailer },
        { token: request.body.token, origin: originOf(request) },
      );
      onChangedUser();
    },

    async undoEmailChange(request) {
      const { token } = request.body;
      const ended = await undoEmailChange({ database, mailer }, { token, origin: originOf(request) });
      onChangedUser();
      await sessions.publishEnds(ended);
    },
  };
}

import { z } from 'zod';
import { MissingCapability } from '../../engine/failures/missing-capability.ts';
import { type GivenAccount, GivenAccounts } from '../../engine/instruments/http/given-accounts.ts';
import type { OpenLedger } from './ledger.ts';
import { type Answer, jsonRequest, send } from './send.ts';
import type { Target } from './target.ts';
import { type ReadSecret, secretOf } from './target-addresses.ts';

/** Lifetime of an access token where the response names none, seconds. */
const defaultLifetimeS = 300;

const Tokens = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  expires_in: z.number().positive().default(defaultLifetimeS),
});
const Session = Tokens.extend({
  user: z.object({ id: z.string(), tenant_id: z.string(), email: z.string(), name: z.string().catch('') }),
});

/**
 * Signs in with each account of the target file, once for the run. An account that the platform rejects is left out, and
 * the checks that need it are unmeasured with the reason.
 */
export async function openGivenAccounts(options: {
  target: Target;
  ledger: Pick<OpenLedger, 'signingIn' | 'notSignedIn' | 'signedIn'>;
  readSecret: ReadSecret;
  /** Monotonic milliseconds. */
  now?(): number;
}): Promise<GivenAccounts> {
  const { target, ledger, readSecret, now = () => performance.now() } = options;
  const { gateway } = target.services;
  const accounts: GivenAccount[] = [];
  const problems: string[] = [];
  /** When the tokens of each account are renewed, milliseconds. */
  const renewAtMs = new Map<string, number>();
  const record = (email: string, tokens: z.infer<typeof Tokens>): void => {
    ledger.signedIn({ email, accessToken: tokens.access_token, refreshToken: tokens.refresh_token });
    renewAtMs.set(email, now() + (tokens.expires_in * 1_000) / 2);
  };

  for (const [index, { email, password: secret }] of (target.accounts.given ?? []).entries()) {
    const field = `accounts.given.${index}`;
    const password = secretOf(secret, `${field}.password`, readSecret);
    ledger.signingIn({ email, password: secret });
    try {
      const answer = await send(`${gateway}/api/auth/login`, jsonRequest({ email, password }));
      const session = Session.safeParse(answer.json);
      if (answer.status !== 200 || !session.success) {
        // A 200 may have created a session all the same.
        if (answer.status !== 200) ledger.notSignedIn(email);
        problems.push(`${field}: POST /api/auth/login of ${email} returned ${described(answer)}.`);
        continue;
      }
      const { user, ...tokens } = session.data;
      record(email, tokens);
      accounts.push({
        email,
        password,
        name: user.name,
        userId: user.id,
        tenantId: user.tenant_id,
        accessToken: tokens.access_token,
        refreshToken: tokens.refresh_token,
      });
    } catch (error) {
      problems.push(`${field}: no response to POST /api/auth/login (${(error as Error).message}).`);
    }
  }

  return new GivenAccounts({
    accounts,
    problems,
    async renew(account) {
      if (now() < (renewAtMs.get(account.email) ?? 0)) return account;
      const answer = await send(
        `${gateway}/api/auth/refresh`,
        jsonRequest({ refresh_token: account.refreshToken }),
      );
      const renewed = Tokens.safeParse(answer.json);
      if (answer.status !== 200 || !renewed.success)
        throw new MissingCapability(
          'accounts',
          `POST /api/auth/refresh of ${account.email} returned ${described(answer)}.`,
        );
      record(account.email, renewed.data);
      const { access_token: accessToken, refresh_token: refreshToken } = renewed.data;
      return { ...account, accessToken, refreshToken };
    },
  });
}

/** Never quotes the body: it may have tokens. */
function described({ status }: Answer): string {
  return status === 200 ? 'no session with access_token, refresh_token and user' : `status ${status}`;
}

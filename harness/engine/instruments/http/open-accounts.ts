import type { Canaries } from '../logs/canaries.ts';
import type { Account } from './account.ts';
import type { GivenAccounts } from './given-accounts.ts';
import type { HttpInstrument } from './http.ts';
import { registerAccount } from './register-account.ts';

/**
 * Accounts for one check: newly registered ones, or on a target without registration those that its file gives.
 * @returns a function that throws Error when the check asks for more users than it declares
 */
export function openAccounts(options: {
  check: { id: string; users?: number };
  http: HttpInstrument;
  canaries: Canaries;
  /** Undefined where checks register. */
  given: GivenAccounts | undefined;
  /** Called with tokens that several checks may know. */
  share(...tokens: readonly string[]): void;
  unique(prefix: string): string;
  hexDigits(length: number): string;
  nextAddress(): string;
  sharedAddress: boolean;
}): () => Promise<Account> {
  const { check, http, canaries, given } = options;
  let count = 0;
  return async () => {
    count += 1;
    if (check.users !== undefined && count > check.users)
      throw new Error(`${check.id} uses ${count} users and declares ${check.users}.`);
    const address = options.nextAddress();
    if (check.users !== undefined && given) {
      const account = await given.next(check.id);
      options.share(account.accessToken, account.refreshToken);
      canaries.addBody({
        password: account.password,
        access_token: account.accessToken,
        refresh_token: account.refreshToken,
      });
      return { ...account, address };
    }
    return registerAccount({
      http,
      name: options.unique('user'),
      password: canaries.make('password', options.hexDigits),
      address,
      sharedAddress: options.sharedAddress,
    });
  };
}

import type { Account } from './account.ts';

/** An account that existed before the run, with a session of the run. */
export type GivenAccount = Omit<Account, 'address'>;

/**
 * The accounts that a target file gives, one per tenant. A check has its accounts to itself until it ends, so checks
 * that run at the same time do not see each other's objects.
 */
export class GivenAccounts {
  readonly #free: GivenAccount[];
  readonly #reserved = new Map<string, { all: GivenAccount[]; next: GivenAccount[] }>();
  readonly #renew: (account: GivenAccount) => Promise<GivenAccount>;
  /** Number of accounts of different tenants. */
  readonly count: number;
  /** Why given accounts are not among them, one sentence each. */
  readonly problems: readonly string[];

  /**
   * @param options.accounts with sessions; accounts of a tenant that has one already are left out
   * @param options.renew keeps the session of an account valid for the next check
   */
  constructor(options: {
    accounts: readonly GivenAccount[];
    problems?: readonly string[];
    renew(account: GivenAccount): Promise<GivenAccount>;
  }) {
    const first = new Map<string, GivenAccount>();
    const problems = [...(options.problems ?? [])];
    for (const account of options.accounts) {
      const known = first.get(account.tenantId);
      if (known) problems.push(`${account.email} is in the tenant of ${known.email}.`);
      else first.set(account.tenantId, account);
    }
    this.#free = [...first.values()];
    this.#renew = options.renew;
    this.count = first.size;
    this.problems = problems;
  }

  /** Reserves accounts for a check, if enough are free. */
  reserve(check: string, count: number): boolean {
    if (this.#free.length < count) return false;
    const all = this.#free.splice(0, count);
    this.#reserved.set(check, { all, next: [...all] });
    return true;
  }

  /** Frees the accounts of a check. */
  release(check: string): void {
    this.#free.push(...(this.#reserved.get(check)?.all ?? []));
    this.#reserved.delete(check);
  }

  /** The next reserved account of a check. @throws Error when the check has reserved no further one. */
  async next(check: string): Promise<GivenAccount> {
    const reserved = this.#reserved.get(check);
    const account = reserved?.next.shift();
    if (!reserved || !account) throw new Error(`${check} has reserved no further account.`);
    const renewed = await this.#renew(account);
    reserved.all[reserved.all.indexOf(account)] = renewed;
    return renewed;
  }
}

import type { AccessClaims } from '../../contracts/identity.ts';
import type { Authority } from '../../contracts/rights.ts';

/** Whose rights are asked for. */
export type Caller = Pick<AccessClaims, 'user_id' | 'tenant_id'>;

/** What users may do. */
export interface Authorities {
  /**
   * The rights of a user; undefined when there is no such user any more.
   * @param maxAgeMs maximum age of the answer, milliseconds
   * @throws ProblemError `not_ready` when the rights are unknown
   */
  of(caller: Caller, maxAgeMs?: number): Promise<Authority | undefined>;
  /** Calls the listener after each announced change of a user's rights, until the returned function is called. */
  onChange(userId: string, listener: () => void): () => void;
}

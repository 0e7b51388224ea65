import { platformServices } from '../../contracts/platform-services/contract.ts';
import {
  type ActingService,
  type AuthorityLoss,
  authorityLosses,
  exchangeTypes,
} from '../../contracts/platform-services/grants.ts';
import { createClient } from '../peers/client.ts';
import { PeerProblem } from '../peers/peer-problem.ts';

/** The grant of a run. */
export interface GrantRef {
  id: string;
  tenantId: string;
  /** For undoing: if the user has lost the authority, the owner of the workspace stands in. */
  compensation?: boolean;
}

export interface DelegatedToken {
  token: string;
  /** Whether the owner of the workspace stands in for the user. */
  standsIn: boolean;
}

/** A grant gives no authority any more. The message is for users. */
export class AuthorityLost extends Error {
  override readonly name = 'AuthorityLost';
  readonly loss: AuthorityLoss;

  constructor(loss: AuthorityLoss, message: string = authorityLosses[loss], options?: ErrorOptions) {
    super(message, options);
    this.loss = loss;
  }
}

export interface DelegatedTokens {
  /**
   * An access token of a grant: a kept one that lives for a while, or a new one.
   * @throws AuthorityLost; PeerProblem when platform-services cannot be reached
   */
  tokenOf(grant: GrantRef): Promise<DelegatedToken>;
  /**
   * Calls with an access token of a grant. If the call is rejected with 401, it is made once more with a new token. For
   * undoing also after a 403: the new token may be that of the owner of the workspace.
   * @throws what the call throws, and what `tokenOf` throws
   */
  withToken<T>(grant: GrantRef, call: (token: DelegatedToken) => Promise<T>): Promise<T>;
}

export type Mint = (grant: GrantRef) => Promise<{ token: string; standsIn: boolean; expiresInS: number }>;

/** A kept token is not used in the last part of its life, milliseconds: a request may take some time to arrive. */
const marginMs = 30_000;
/** Maximum number of kept tokens. */
const maxKept = 10_000;

/** Keeps one access token per grant, and mints one at a time for each. */
export function createDelegatedTokens(mint: Mint, now: () => number = Date.now): DelegatedTokens {
  const kept = new Map<string, { minted: Promise<DelegatedToken>; untilMs: number }>();
  const keyOf = ({ id, compensation }: GrantRef) => `${id}${compensation ? '/compensation' : ''}`;

  function tokenOf(grant: GrantRef): Promise<DelegatedToken> {
    const key = keyOf(grant);
    const known = kept.get(key);
    if (known !== undefined && now() < known.untilMs) return known.minted;
    kept.delete(key);
    const oldest = kept.size >= maxKept ? kept.keys().next() : undefined;
    if (oldest?.done === false) kept.delete(oldest.value);
    const entry = {
      untilMs: Number.POSITIVE_INFINITY,
      minted: mint(grant).then(
        ({ token, standsIn, expiresInS }) => {
          entry.untilMs = now() + expiresInS * 1000 - marginMs;
          return { token, standsIn };
        },
        (error: unknown) => {
          if (kept.get(key) === entry) kept.delete(key);
          throw error;
        },
      ),
    };
    kept.set(key, entry);
    return entry.minted;
  }

  return {
    tokenOf,
    async withToken(grant, call) {
      const first = tokenOf(grant);
      const used = await first;
      try {
        return await call(used);
      } catch (error) {
        const isOld =
          error instanceof PeerProblem &&
          (error.status === 401 || (error.status === 403 && grant.compensation === true));
        if (!isOld) throw error;
        const key = keyOf(grant);
        // Another call may have replaced it already.
        if (kept.get(key)?.minted === first) kept.delete(key);
        return call(await tokenOf(grant));
      }
    },
  };
}

function isAuthorityLoss(type: string | undefined): type is AuthorityLoss {
  return type !== undefined && Object.hasOwn(authorityLosses, type);
}

/** Mints at platform-services. A grant that does not exist any more counts as revoked. */
export function createMint(options: { baseUrl: string; internalKey: string; actor: ActingService }): Mint {
  const { baseUrl, internalKey, actor } = options;
  const client = createClient(platformServices, { baseUrl, internalKey });
  return async ({ id, tenantId, compensation = false }) => {
    try {
      const minted = await client.mintToken({
        params: { id },
        body: { grant_type: exchangeTypes.grant, tenant_id: tenantId, actor, compensation },
      });
      return { token: minted.access_token, standsIn: minted.stands_in, expiresInS: minted.expires_in };
    } catch (error) {
      if (!(error instanceof PeerProblem)) throw error;
      if (error.status === 404) throw new AuthorityLost('grant_revoked', undefined, { cause: error });
      const type = error.problem?.details?.[0]?.type;
      if (error.problem?.error !== 'authority_lost' || !isAuthorityLoss(type)) throw error;
      throw new AuthorityLost(type, error.problem.message, { cause: error });
    }
  };
}

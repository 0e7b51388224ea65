import { createHash, randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { ticketSeconds } from '../../../contracts/gateway/sockets.ts';
import { AccessClaims } from '../../../contracts/identity.ts';
import { problem, storeProblem } from '../../../kit/http/problem.ts';

export interface Tickets {
  /** A ticket for one connection with these rights, valid for 30 s. @throws ProblemError `not_ready` without Redis */
  issue(claims: AccessClaims): Promise<string>;
  /**
   * Uses a ticket up.
   * @throws ProblemError `unauthenticated` for a used, expired or unknown ticket; `token_expired`, `token_revoked` when
   * its session has ended; `not_ready` without Redis
   */
  redeem(ticket: string): Promise<AccessClaims>;
}

const ticketPattern = /^[A-Za-z0-9_-]{43}$/;

/** Redis has the digest only: who reads it has no ticket. */
function keyOf(ticket: string): string {
  return `socket-ticket:${createHash('sha256').update(ticket).digest('base64url')}`;
}

/**
 * Single-use tickets, for all gateways together.
 * @param assertActive throws when the session of the claims has ended or its token has expired
 */
export function createTickets({
  redis,
  assertActive,
}: {
  redis: Redis;
  assertActive(claims: AccessClaims): void;
}): Tickets {
  return {
    async issue(claims) {
      const ticket = randomBytes(32).toString('base64url');
      try {
        await redis.set(keyOf(ticket), JSON.stringify(claims), 'EX', ticketSeconds);
      } catch (cause) {
        throw storeProblem(cause);
      }
      return ticket;
    },
    async redeem(ticket) {
      if (!ticketPattern.test(ticket)) throw problem('unauthenticated');
      let stored: string | null;
      try {
        stored = await redis.getdel(keyOf(ticket));
      } catch (cause) {
        throw storeProblem(cause);
      }
      if (stored === null)
        throw problem('unauthenticated', { message: 'The ticket is unknown or was used.' });
      const claims = AccessClaims.parse(JSON.parse(stored));
      assertActive(claims);
      return claims;
    },
  };
}

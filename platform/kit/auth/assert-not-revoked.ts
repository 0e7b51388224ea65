import { ProblemError } from '../http/problem.ts';
import { currentScope } from '../service/scope.ts';
import type { Authenticate } from './access.ts';

/**
 * Rejects a long request whose session has ended in the meantime, before it writes again. The expiry of its token is no
 * reason: the request began in time.
 * @throws ProblemError `token_revoked`
 */
export async function assertNotRevoked(authenticate: Authenticate): Promise<void> {
  const token = currentScope()?.token;
  if (token === undefined) return;
  try {
    await authenticate(token);
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'token_expired') throw error;
  }
}

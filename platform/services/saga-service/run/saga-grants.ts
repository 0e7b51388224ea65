import { platformServices } from '../../../contracts/platform-services/contract.ts';
import { problem } from '../../../kit/http/problem.ts';
import { createClient } from '../../../kit/peers/client.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import type { SagaScopes } from '../steps/saga-scopes.ts';
import type { SagaKey } from '../store/saga-row.ts';

/** The saga for which a grant is made. */
export interface GrantedSaga extends SagaKey {
  workspaceId: string | null;
  definition: { type: string | null; steps: readonly unknown[]; timeout?: number };
}

/** Grants of sagas at platform-services. */
export interface SagaGrants {
  /**
   * The grant with which a saga acts for its user.
   * @param scopes undefined when no step acts for the user
   * @returns null when the saga needs none, or nobody asked for it
   * @throws ProblemError those of platform-services
   */
  open(request: {
    saga: GrantedSaga;
    authority: { token?: string | undefined; grantId?: string | undefined };
    scopes: SagaScopes | undefined;
  }): Promise<string | null>;
  /** Deletes a grant that is not needed any more. */
  discard(saga: Pick<SagaKey, 'tenantId'>, grantId: string | null): Promise<void>;
}

/** Time beyond the saga's own for which its grant lasts, for undoing it, seconds. */
const undoSeconds = 86_400;

export function createSagaGrants(options: { baseUrl: string; internalKey: string }): SagaGrants {
  const client = createClient(platformServices, options);
  return {
    async open({ saga, authority, scopes }) {
      if (scopes === undefined || authority.token === undefined) return authority.grantId ?? null;
      const { type, steps, timeout = 0 } = saga.definition;
      try {
        const grant = await client.createGrant({
          body: {
            subject_token: authority.token,
            service: 'saga-service',
            purpose: type === null ? `Saga of ${steps.length} steps` : `Saga ${type}`,
            run_id: saga.sagaId,
            workspace_id: saga.workspaceId,
            level: 'edit',
            scopes: scopes.scopes,
            compensation_scopes: scopes.compensationScopes,
            expires_at: new Date(Date.now() + (timeout + undoSeconds) * 1000).toISOString(),
          },
        });
        return grant.id;
      } catch (error) {
        if (!(error instanceof PeerProblem)) throw error;
        if (error.status !== undefined && error.status < 500) throw error.toProblem();
        throw problem('not_ready', {
          message: 'The permission to act for you could not be stored. Retry later.',
          headers: { 'retry-after': '2' },
          cause: error,
        });
      }
    },
    async discard({ tenantId }, grantId) {
      if (grantId === null) return;
      await client.endGrant({ params: { id: grantId }, query: { tenant_id: tenantId } });
    },
  };
}

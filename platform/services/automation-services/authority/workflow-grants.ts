import { platformServices } from '../../../contracts/platform-services/contract.ts';
import type { Level } from '../../../contracts/rights.ts';
import { ProblemError } from '../../../kit/http/problem.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { createClient } from '../../../kit/peers/client.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';

export interface GrantRequest {
  /** Access token of the user who asks. */
  token: string;
  /** The workflow or execution that acts with it. */
  runId: string;
  /** What it does, for people. */
  purpose: string;
  workspaceId: string;
  scopes: readonly string[];
}

export interface WorkflowGrants {
  /** @returns the id of the grant. @throws PeerProblem when platform-services rejects it or cannot be reached */
  create(request: GrantRequest): Promise<string>;
  /**
   * Ends a grant in the background, after the commit of what ends its use. One that could not be ended is found by
   * platform-services, which asks for those in use.
   */
  end(tenantId: string, grantId: string | null): void;
  /**
   * Ends a grant whose use was rejected. After any other failure the commit may have succeeded: the grant stays, and
   * platform-services asks whether it is used.
   */
  endAfter(failure: unknown, tenantId: string, grantId: string | null): void;
}

/** Scopes that change nothing. */
const readingScope = /(:read$|^GET:)/;

/** The lowest right in the workspace that allows the scopes. */
function levelOf(scopes: readonly string[]): Level {
  return scopes.every((scope) => readingScope.test(scope)) ? 'read' : 'edit';
}

/** Makes grants at platform-services, by which workflows act for a user. */
export function createWorkflowGrants(options: {
  baseUrl: string;
  internalKey: string;
  log: Log;
}): WorkflowGrants {
  const client = createClient(platformServices, options);
  const end: WorkflowGrants['end'] = (tenantId, grantId) => {
    if (grantId === null) return;
    client
      .endGrant({ params: { id: grantId }, query: { tenant_id: tenantId } })
      .catch((error: unknown) =>
        options.log.warn({ err: describeFailure(error), grant_id: grantId }, 'a grant could not be ended'),
      );
  };
  return {
    async create({ token, runId, purpose, workspaceId, scopes }) {
      const { id } = await client.createGrant({
        body: {
          subject_token: token,
          service: 'automation-services',
          purpose: purpose.slice(0, 200),
          run_id: runId,
          workspace_id: workspaceId,
          level: levelOf(scopes),
          scopes: [...scopes],
        },
      });
      return id;
    },
    end,
    endAfter(failure, tenantId, grantId) {
      if (failure instanceof ProblemError) end(tenantId, grantId);
    },
  };
}

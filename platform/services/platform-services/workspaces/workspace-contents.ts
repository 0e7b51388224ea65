import { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import { automationServices } from '../../../contracts/automation-services/contract.ts';
import { fileService } from '../../../contracts/file-service/contract.ts';
import { llmOrchestrator } from '../../../contracts/llm-orchestrator/contract.ts';
import { sagaService } from '../../../contracts/saga-service/contract.ts';
import type { ServiceContract } from '../../../contracts/service.ts';
import {
  contentKinds,
  type HoldingService,
  type WorkspaceContents,
  workspaceContentsRoutes,
} from '../../../contracts/workspace-contents.ts';
import { problem } from '../../../kit/http/problem.ts';
import { createClient } from '../../../kit/peers/client.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import type { Config } from '../config.ts';

/** Maximum wait for each service, milliseconds. They are asked at the same time. */
const timeoutMs = 3_000;

/** A workspace with its present members. */
export interface MemberedWorkspace {
  tenantId: string;
  id: string;
  memberIds: readonly string[];
}

/** Counts what one service stores in a workspace. */
export type CountContents = (workspace: MemberedWorkspace) => Promise<WorkspaceContents>;

/** How each service is asked what it stores in a workspace. */
export function createContentCounts(config: Config): Record<HoldingService, CountContents> {
  function at(contract: ServiceContract, baseUrl: string): CountContents {
    const client = createClient(
      { ...contract, routes: workspaceContentsRoutes },
      { baseUrl, internalKey: config.INTERNAL_API_KEY, timeoutMs },
    );
    return async ({ tenantId: tenant_id, id, memberIds }) =>
      (await client.workspaceContents({ params: { id }, body: { tenant_id, member_ids: [...memberIds] } }))
        .contents;
  }
  return {
    'airtable-gateway': at(airtableGateway, config.AIRTABLE_GATEWAY_URL),
    'file-service': at(fileService, config.FILE_SERVICE_URL),
    'automation-services': at(automationServices, config.AUTOMATION_SERVICES_URL),
    'saga-service': at(sagaService, config.SAGA_SERVICE_URL),
    'llm-orchestrator': at(llmOrchestrator, config.LLM_ORCHESTRATOR_URL),
  };
}

/** @throws ProblemError `conflict` for a workspace that holds anything; `not_ready` when a service does not tell */
export type AssertEmpty = (workspace: MemberedWorkspace) => Promise<void>;

/** The owner cannot delete the conversations of others. */
const privateHint =
  'A conversation is deleted by its user, and does not count once that user is removed from the workspace.';

/** `2 bases, 1 file and 3 workflows` */
function listOf(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/**
 * Asks every service that stores what belongs to workspaces. What a request creates while it is asked can be missed: the
 * rights of the members end only when the workspace is deleted.
 */
export function createAssertEmpty(counts: Readonly<Record<string, CountContents>>): AssertEmpty {
  return async (workspace) => {
    const found = await Promise.all(
      Object.entries(counts).map(async ([service, count]) => {
        try {
          return await count(workspace);
        } catch (error) {
          if (!(error instanceof PeerProblem)) throw error;
          throw problem('not_ready', {
            message: `${service} did not tell what the workspace holds. Nothing was deleted; retry later.`,
            headers: { 'retry-after': '5' },
            cause: error,
          });
        }
      }),
    );
    const held = contentKinds.flatMap((kind) => {
      const number = found.reduce((sum, contents) => sum + (contents[kind] ?? 0), 0);
      return number === 0 ? [] : [{ kind, text: `${number} ${number === 1 ? kind.slice(0, -1) : kind}` }];
    });
    if (held.length === 0) return;
    const texts = held.map(({ text }) => text);
    const hint = held.some(({ kind }) => kind === 'conversations') ? ` ${privateHint}` : '';
    throw problem('conflict', {
      message: `The workspace still holds ${listOf(texts)}. Delete them first.${hint}`,
      details: held.map(({ kind, text }) => ({ type: 'not_empty', loc: ['workspace', kind], msg: text })),
    });
  };
}

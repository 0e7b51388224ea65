import { z } from 'zod';
import { route } from './route.ts';

/** Services that store what belongs to workspaces. */
export const holdingServices = [
  'airtable-gateway',
  'file-service',
  'automation-services',
  'saga-service',
  'llm-orchestrator',
] as const;
export type HoldingService = (typeof holdingServices)[number];

/** What a workspace can hold. A workspace that holds anything cannot be deleted: nobody could reach it any more. */
export const contentKinds = ['bases', 'files', 'workflows', 'sagas', 'conversations'] as const;
export type ContentKind = (typeof contentKinds)[number];

export const WorkspaceContents = z.partialRecord(z.enum(contentKinds), z.int().min(0));
export type WorkspaceContents = z.infer<typeof WorkspaceContents>;

/** Maximum number of members that one request names. */
const maxMembers = 20_000;

/** The internal route of every service that stores what belongs to workspaces. */
export const workspaceContentsRoutes = {
  workspaceContents: route({
    method: 'POST',
    path: '/internal/workspaces/:id/contents',
    summary: 'Count what the service stores in a workspace',
    description: `Changes nothing. Sagas that have ended do not count: they are only a log. Conversations are private to
their user: those of users who are no members any more do not count, because nobody could delete them. A workspace that
does not exist holds nothing.`,
    access: 'service',
    params: z.object({ id: z.uuid() }),
    idempotency: 'none',
    body: z.object({ tenant_id: z.uuid(), member_ids: z.array(z.uuid()).max(maxMembers) }),
    success: {
      status: 200,
      description: 'The number of objects of each kind that the service stores',
      schema: z.object({ contents: WorkspaceContents }),
    },
  }),
} as const;

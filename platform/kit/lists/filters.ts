import type { ListFilter, ListParts } from './list-definition.ts';

/** Only rows of these workspaces. */
export function inWorkspaces(values: readonly string[]): ListParts {
  return { column: 'workspace_id', type: 'uuid', values };
}

/** Only rows with this status, if it is given. */
export function withStatus(status: string | undefined): ListFilter | undefined {
  if (status === undefined) return undefined;
  return { name: 'with_status', where: (text) => `e.status = ${text}::text`, value: status };
}

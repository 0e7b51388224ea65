import type { WebhookSpecification } from '../../../../contracts/airtable-gateway/webhooks.ts';
import { invalidWebhookFilter } from '../../airtable-problem.ts';
import type { StoredBase } from '../schema/stored-base.ts';

const path = 'body.specification.options';

/**
 * Rejects a specification with ids that the base does not have: such a webhook would never report anything.
 * @throws AirtableProblem `INVALID_FILTERS` with the path of the unknown id
 */
export function checkSpecification({ tables }: StoredBase, { options }: WebhookSpecification): void {
  const { filters, includes } = options;
  const scope = filters.recordChangeScope;
  const scoped = tables.filter(({ id, views }) => id === scope || views.some((view) => view.id === scope));
  if (scope !== undefined && scoped.length === 0)
    throw invalidWebhookFilter(`${path}.filters.recordChangeScope`, 'is not a table or view of the base');
  const fields = new Set(
    (scope === undefined ? tables : scoped).flatMap((table) => table.fields.map(({ id }) => id)),
  );
  const always = includes?.includeCellValuesInFieldIds;
  for (const [name, ids] of [
    ['filters.watchDataInFieldIds', filters.watchDataInFieldIds],
    ['filters.watchSchemasOfFieldIds', filters.watchSchemasOfFieldIds],
    ['includes.includeCellValuesInFieldIds', always === 'all' ? undefined : always],
  ] as const) {
    const unknown = ids?.findIndex((id) => !fields.has(id)) ?? -1;
    if (unknown >= 0)
      throw invalidWebhookFilter(`${path}.${name}.${unknown}`, 'is not a field of the watched tables');
  }
}

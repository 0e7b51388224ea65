import type { WebhookSpecification } from '../../../../contracts/airtable-gateway/webhooks.ts';
import { invalidWebhookFilter } from '../../api/airtable-problem.ts';
import type { StoredBase } from '../schema/base-schema.ts';

const path = 'body.specification.options';

/**
 * Refuses what a specification names and the base does not have: such a webhook would never say a word.
 * @throws AirtableProblem `INVALID_FILTERS` with the path of the id at fault
 */
export function checkSpecification({ tables }: StoredBase, { options }: WebhookSpecification): void {
  const { filters, includes } = options;
  const scope = filters.recordChangeScope;
  const scoped = tables.filter(({ id, views }) => id === scope || views.some((view) => view.id === scope));
  if (scope !== undefined && scoped.length === 0)
    throw invalidWebhookFilter(`${path}.filters.recordChangeScope`, 'is no table or view of the base');
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
      throw invalidWebhookFilter(`${path}.${name}.${unknown}`, 'is no field of what is watched');
  }
}

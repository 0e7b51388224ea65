import { isDeepStrictEqual } from 'node:util';
import type { RecordChanges } from '../../../../contracts/airtable-gateway/webhook-payloads.ts';
import type { WebhookSpecification } from '../../../../contracts/airtable-gateway/webhooks.ts';
import type { RecordDelta, ShownCells } from './record-deltas.ts';

type ById<K extends 'createdRecordsById' | 'changedRecordsById'> = NonNullable<RecordChanges[K]>[string];

/** What a webhook is told of one record. */
export type DescribedRecord =
  | { kind: 'created'; value: ById<'createdRecordsById'> }
  | { kind: 'changed'; value: ById<'changedRecordsById'> }
  | { kind: 'destroyed' };

/** Whether a list of a specification lets something pass; absent and empty ones let everything. */
export function passes<T>(list: readonly T[] | undefined, item: T): boolean {
  return list === undefined || list.length === 0 || list.includes(item);
}

function pick(cells: ShownCells, wanted: (fieldId: string) => boolean): Record<string, unknown> {
  return Object.fromEntries([...cells].filter(([fieldId]) => wanted(fieldId)));
}

/** Describes what became of a record as a specification wants it; undefined when it wants to hear nothing of it. */
export function describeRecord(
  { options: { filters, includes } }: WebhookSpecification,
  { before, after, createdTime }: RecordDelta,
): DescribedRecord | undefined {
  const { changeTypes, watchDataInFieldIds } = filters;
  const watched = (fieldId: string) => passes(watchDataInFieldIds, fieldId);
  const always = includes?.includeCellValuesInFieldIds;
  const included = (fieldId: string) => always === 'all' || always?.includes(fieldId) === true;
  /** A record without a value in any watched field has come or gone unseen. */
  const seen = (cells: ShownCells) =>
    watchDataInFieldIds === undefined || watchDataInFieldIds.length === 0 || [...cells.keys()].some(watched);

  if (after === undefined)
    return before !== undefined && passes(changeTypes, 'remove') && seen(before)
      ? { kind: 'destroyed' }
      : undefined;
  if (before === undefined) {
    if (!passes(changeTypes, 'add') || !seen(after)) return undefined;
    const cellValuesByFieldId = pick(after, (fieldId) => watched(fieldId) || included(fieldId));
    return { kind: 'created', value: { createdTime, cellValuesByFieldId } };
  }

  if (!passes(changeTypes, 'update')) return undefined;
  const differing = [...new Set([...before.keys(), ...after.keys()])].filter(
    (fieldId) => !isDeepStrictEqual(before.get(fieldId), after.get(fieldId)),
  );
  if (!differing.some(watched)) return undefined;
  const told = differing.filter((fieldId) => watched(fieldId) || included(fieldId));
  const valuesIn = (cells: ShownCells) => ({
    cellValuesByFieldId: Object.fromEntries(told.map((fieldId) => [fieldId, cells.get(fieldId) ?? null])),
  });
  const unchanged = (fieldId: string) => included(fieldId) && !differing.includes(fieldId);
  return {
    kind: 'changed',
    value: {
      current: valuesIn(after),
      ...(includes?.includePreviousCellValues === true ? { previous: valuesIn(before) } : {}),
      ...(always === undefined ? {} : { unchanged: { cellValuesByFieldId: pick(after, unchanged) } }),
    },
  };
}

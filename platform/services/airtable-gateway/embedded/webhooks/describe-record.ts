import { isDeepStrictEqual } from 'node:util';
import type { RecordChanges } from '../../../../contracts/airtable-gateway/webhook-payloads.ts';
import type { WebhookSpecification } from '../../../../contracts/airtable-gateway/webhooks.ts';
import type { RecordDelta, ShownCells } from './record-deltas.ts';

type ById<K extends 'createdRecordsById' | 'changedRecordsById'> = NonNullable<RecordChanges[K]>[string];

/** The change of one record in a payload. */
export type DescribedRecord =
  | { kind: 'created'; value: ById<'createdRecordsById'> }
  | { kind: 'changed'; value: ById<'changedRecordsById'> }
  | { kind: 'destroyed' };

/** Whether a filter list accepts an item. Absent and empty lists accept everything. */
export function passes<T>(list: readonly T[] | undefined, item: T): boolean {
  return list === undefined || list.length === 0 || list.includes(item);
}

function pick(cells: ShownCells, wanted: (fieldId: string) => boolean): Record<string, unknown> {
  return Object.fromEntries([...cells].filter(([fieldId]) => wanted(fieldId)));
}

/** Describes the change of a record for a specification; undefined when its filters exclude the change. */
export function describeRecord(
  { options: { filters, includes } }: WebhookSpecification,
  { before, after, createdTime }: RecordDelta,
): DescribedRecord | undefined {
  const { changeTypes, watchDataInFieldIds } = filters;
  const watched = (fieldId: string) => passes(watchDataInFieldIds, fieldId);
  const always = includes?.includeCellValuesInFieldIds;
  const included = (fieldId: string) => always === 'all' || always?.includes(fieldId) === true;
  /** Creations and deletions count only for records with a value in a watched field. */
  const visible = (cells: ShownCells) =>
    watchDataInFieldIds === undefined || watchDataInFieldIds.length === 0 || [...cells.keys()].some(watched);

  if (after === undefined)
    return before !== undefined && passes(changeTypes, 'remove') && visible(before)
      ? { kind: 'destroyed' }
      : undefined;
  if (before === undefined) {
    if (!passes(changeTypes, 'add') || !visible(after)) return undefined;
    const cellValuesByFieldId = pick(after, (fieldId) => watched(fieldId) || included(fieldId));
    return { kind: 'created', value: { createdTime, cellValuesByFieldId } };
  }

  if (!passes(changeTypes, 'update')) return undefined;
  const differing = [...new Set([...before.keys(), ...after.keys()])].filter(
    (fieldId) => !isDeepStrictEqual(before.get(fieldId), after.get(fieldId)),
  );
  if (!differing.some(watched)) return undefined;
  const reported = differing.filter((fieldId) => watched(fieldId) || included(fieldId));
  const valuesIn = (cells: ShownCells) => ({
    cellValuesByFieldId: Object.fromEntries(reported.map((fieldId) => [fieldId, cells.get(fieldId) ?? null])),
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

import type { AirtableRecord } from '../../../../contracts/airtable-gateway/records.ts';
import { invalidRequest } from '../../airtable-problem.ts';
import type { StoredField, TextFormat } from '../../fields/field-kind.ts';
import { isComputed } from '../../fields/field-kinds.ts';
import { isLocale, isTimeZone } from '../../fields/option-schema.ts';
import type { ReadOptions } from '../../upstream.ts';
import type { RecordRow } from './record-row.ts';
import type { ValueLoader } from './value-sources.ts';

export interface ShowOptions {
  fields: readonly StoredField[];
  byFieldId: boolean;
  /** Present for `cellFormat=string`. */
  text?: TextFormat | undefined;
  /** Number of comments by record id; present when the request asks for it. */
  comments?: ReadonlyMap<string, number> | undefined;
}

/**
 * The format for `cellFormat=string`; undefined for JSON.
 * @throws AirtableProblem when the time zone or locale is missing or unknown
 */
export function textFormat(options: ReadOptions): TextFormat | undefined {
  if (options.cellFormat !== 'string') return undefined;
  const { timeZone, userLocale } = options;
  if (timeZone === undefined || userLocale === undefined)
    throw invalidRequest('cellFormat "string" needs timeZone and userLocale');
  if (!isTimeZone(timeZone)) throw invalidRequest(`unknown timeZone "${timeZone}"`);
  if (!isLocale(userLocale)) throw invalidRequest(`unknown userLocale "${userLocale}"`);
  return { timeZone, locale: userLocale };
}

/** Records in the API's format, without empty fields. */
export async function showRecords(
  rows: readonly RecordRow[],
  loader: ValueLoader,
  { fields, byFieldId, text, comments }: ShowOptions,
): Promise<AirtableRecord[]> {
  const dependent = fields.filter(
    ({ type }) => isComputed(type) || (text !== undefined && type === 'multipleRecordLinks'),
  );
  const values = await loader.load(rows, dependent);
  return rows.map((row) => {
    const shown: Record<string, unknown> = Object.create(null);
    for (const field of fields) {
      const value = text === undefined ? values.json(row, field) : values.text(row, field, text);
      if (value !== undefined) shown[byFieldId ? field.id : field.name] = value;
    }
    const record = { id: row.id, createdTime: row.created_time, fields: shown };
    return comments === undefined ? record : { ...record, commentCount: comments.get(row.id) ?? 0 };
  });
}

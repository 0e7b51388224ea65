import { isExactNumber, parseExactJson } from './exact-json.ts';
import { type Extracted, ExtractionError } from './extracted.ts';
import { limitText } from './limit-text.ts';
import { extractionLimits } from './limits.ts';
import { readText } from './read-text.ts';
import { type Cell, createRowCollector } from './row-collector.ts';

function toCell(value: unknown): Cell {
  if (isExactNumber(value)) return value.rawJSON;
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
    ? (value as Cell)
    : (JSON.stringify(value) ?? null);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);

/** The table of a list of objects. Its columns are the field names of all objects, in order of first occurrence. */
function toTable(list: readonly Record<string, unknown>[]) {
  const collector = createRowCollector();
  const names = [...new Set(list.slice(0, extractionLimits.rows).flatMap((one) => Object.keys(one)))];
  collector.add(names);
  for (const one of list)
    collector.add(names.map((name) => (Object.hasOwn(one, name) ? toCell(one[name]) : null)));
  return collector;
}

/**
 * A number that JavaScript would round becomes a cell with its text: clients parse rows with the same numbers.
 * @throws ExtractionError when the file is not JSON or is too large
 */
export async function extractJson(path: string): Promise<Extracted> {
  const file = await readText(path, extractionLimits.jsonBytes);
  if (file.more)
    throw new ExtractionError(`JSON of more than ${extractionLimits.jsonBytes} bytes cannot be read.`);
  let value: unknown;
  try {
    value = parseExactJson(file.text);
  } catch (error) {
    throw new ExtractionError(`This is not valid JSON: ${limitText((error as Error).message, 200).text}`);
  }
  const { text, truncated } = limitText(file.text);
  const kind = Array.isArray(value)
    ? 'array'
    : value === null
      ? 'null'
      : isExactNumber(value)
        ? 'number'
        : typeof value;
  if (!Array.isArray(value) || value.length === 0 || !value.every(isRecord))
    return {
      text,
      metadata: { type: kind, ...(Array.isArray(value) ? { items: value.length } : {}), truncated },
    };
  const table = toTable(value);
  return {
    text,
    rows: table.rows,
    metadata: {
      type: kind,
      items: value.length,
      columns: table.columns,
      truncated: truncated || table.truncated,
    },
  };
}

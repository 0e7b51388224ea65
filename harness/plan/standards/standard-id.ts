import { z } from 'zod';

/** A requirement of OWASP ASVS 5.0, e.g. `ASVS 9.1.2`, or a risk of the OWASP API Security Top 10 (2023), e.g. `API2`. */
export type StandardId = `ASVS ${number}.${number}.${number}` | `API${number}`;

const form = /^(?:ASVS \d{1,2}\.\d{1,2}\.\d{1,2}|API(?:[1-9]|10))$/;

/** A plain pattern, because the JSON Schema of a result must be able to state it. */
export const StandardId = z.string().regex(form, 'must be like "ASVS 9.1.2" or "API2"') as z.ZodString &
  z.ZodType<StandardId, string>;

/** The ids without duplicates: the ASVS first, each standard by its numbers, so that 9.1.2 comes before 10.1.1. */
export function sortedStandards(ids: readonly StandardId[]): StandardId[] {
  return [...new Set(ids)].sort(compareStandards);
}

export function compareStandards(left: StandardId, right: StandardId): number {
  const [leftKey, rightKey] = [sortKey(left), sortKey(right)];
  const index = leftKey.findIndex((part, at) => part !== rightKey[at]);
  return index < 0 ? 0 : (leftKey[index] ?? 0) - (rightKey[index] ?? 0);
}

function sortKey(id: StandardId): number[] {
  const numbers = id.replace(/^\D+/, '').split('.').map(Number);
  return [id.startsWith('ASVS') ? 0 : 1, ...numbers];
}

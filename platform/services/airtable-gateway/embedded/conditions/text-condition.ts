import { storableText } from '../../../../kit/postgres/storable-text.ts';
import type { TextSql } from './cell-sql.ts';
import { type Condition, constant, type Parameters, test } from './condition.ts';

/** Whether a text contains another one, in any place. */
export function contains(text: TextSql, wanted: string): Condition | undefined {
  if (wanted === '') return constant(true);
  if (storableText(wanted) !== wanted || !isKnownInCase(wanted, text)) return undefined;
  return test(
    (parameters) => `strpos(${inBytes(text, wanted, parameters)}, ${parameters.add(wanted, 'text')}) > 0`,
    {
      isExact: !text.mayBeUnknown,
      ...(text.mayBeUnknown ? { nullMeans: true } : {}),
    },
  );
}

/** Whether a text is exactly this one. */
export function equalsText(text: TextSql, wanted: string): Condition | undefined {
  if (storableText(wanted) !== wanted || !isKnownInCase(wanted, text)) return undefined;
  return test((parameters) => `${inBytes(text, wanted, parameters)} = ${parameters.add(wanted, 'text')}`, {
    isExact: !text.mayBeUnknown,
    ...(text.mayBeUnknown ? { nullMeans: true } : {}),
  });
}

/** The text for a comparison with `wanted` byte by byte. */
function inBytes(text: TextSql, wanted: string, parameters: Parameters): string {
  const sql = text.sql(parameters);
  if (text.case === undefined) return `(${sql}) collate "C"`;
  // Faster, and the same for texts without the only two letters whose lower case others have too: K and İ.
  if (text.case === 'lower' && isBelow(wanted, 0x80) && !/[ik]/i.test(wanted))
    return `lower((${sql}) collate "C")`;
  return `${text.case}((${sql}) collate "en-x-icu") collate "C"`;
}

function isBelow(text: string, limit: number): boolean {
  return Array.from(text).every((letter) => (letter.codePointAt(0) ?? 0) < limit);
}

/** Letters whose case the database knows as JavaScript does: Latin, Greek and Cyrillic, but not what is newer. */
function isKnownInCase(wanted: string, text: TextSql): boolean {
  return text.case === undefined || isBelow(wanted.replaceAll(/[\u0370-\u052f]/g, ''), 0x180);
}

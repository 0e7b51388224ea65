/** A number as it is written in its document. `JSON.stringify` writes it unchanged. */
export interface ExactNumber {
  readonly rawJSON: string;
}

/** TypeScript does not declare these functions of ECMAScript 2026 yet. */
interface SourceTextJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): ExactNumber;
  isRawJSON(value: unknown): boolean;
}
const sourceText = JSON as unknown as SourceTextJson;

/** Whether a document may contain a number that is rounded: more than 15 digits, or an exponent. */
const mayRound = /[\d.]{16}|\d[eE]/;

export function isExactNumber(value: unknown): value is ExactNumber {
  return sourceText.isRawJSON(value);
}

/** Sign, significant digits and exponent, equal for all spellings of a number. */
function canonical(number: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const significant = `${whole}${fraction}`.replace(/^0+/, '');
  const digits = significant.replace(/0+$/, '');
  if (digits === '') return '0';
  return `${sign}${digits}e${significant.length - fraction.length + Number(power)}`;
}

/**
 * Parses JSON like `JSON.parse`, but numbers that a double would round become ExactNumbers.
 * @throws SyntaxError; RangeError for a document that is nested too deeply
 */
export function parseExactJson(text: string): unknown {
  if (!mayRound.test(text)) return JSON.parse(text);
  return sourceText.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && canonical(source) !== canonical(String(value))
      ? sourceText.rawJSON(source)
      : value,
  );
}

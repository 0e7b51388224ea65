/** What a number means in a cell with a certain format. */
export type NumberMeaning =
  | { kind: 'number' }
  | { kind: 'date' }
  /** Time of day. */
  | { kind: 'time'; seconds: boolean }
  /** Elapsed time: `[h]:mm`. */
  | { kind: 'duration'; seconds: boolean };

/** Formats that every workbook has without defining them (ECMA-376, part 1, 18.8.30), East Asian ones included. */
const builtIn: ReadonlyMap<number, string> = new Map([
  ...[14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58].map((id) => [id, 'y'] as const),
  ...[18, 20, 32, 34, 55].map((id) => [id, 'h:mm'] as const),
  ...[19, 21, 33, 35, 56].map((id) => [id, 'h:mm:ss'] as const),
  [45, 'mm:ss'],
  [46, '[h]:mm:ss'],
  [47, 'mm:ss.0'],
]);

/** The meaning of a number by its format: `code` as the workbook defines it, else the built-in one of `id`. */
export function meaningOf(id: number, code: string | undefined): NumberMeaning {
  const [positive = ''] = (code ?? builtIn.get(id) ?? 'General')
    // Literal text, escaped characters, padding and fill.
    .replaceAll(/"[^"]*"|[\\_*]./g, '')
    .split(';');
  const isElapsed = /\[(?:h+|m+|s+)\]/i.test(positive);
  const plain = positive.replaceAll(/\[[^\]]*\]/g, '').replaceAll(/general|e[+-]/gi, '');
  const seconds = /s/i.test(positive.replaceAll(/\[(?!s+\])[^\]]*\]/gi, ''));
  if (isElapsed) return { kind: 'duration', seconds };
  if (/[ydg]|m{3}|b{2}/i.test(plain)) return { kind: 'date' };
  if (/[hs]/i.test(plain)) return { kind: 'time', seconds };
  return /[me]/i.test(plain) ? { kind: 'date' } : { kind: 'number' };
}

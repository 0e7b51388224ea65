import { type Fraction, fraction } from '../plan/ratio.ts';
import type { Assessment, Mark, RowSelection } from './assessment.ts';

/** A row of any table of the assessment. */
export interface Row {
  title: string;
  mark: Mark;
  words: string;
  place: string;
  kind?: string;
  needs: readonly RowSelection[];
  findings: readonly { title: string; mark: Mark; words: string }[];
}

export interface Table {
  id: string;
  title: string;
  place: string;
  rows: readonly Row[];
}

/** All tables of the assessment in one form. */
export function tablesOf({ services, checklists, endpoints }: Assessment): Table[] {
  return [
    toTable(services, ({ kind }) => ({ kind, findings: [] })),
    ...checklists.map((table) => toTable(table, ({ findings }) => ({ findings }))),
    ...endpoints.map((table) => toTable(table, () => ({ findings: [] }))),
  ];
}

type PlainRow = Pick<Row, 'title' | 'mark' | 'words' | 'needs'>;

function toTable<R extends PlainRow>(
  { id, title, place, rows }: { id: string; title: string; place: string; rows: readonly R[] },
  own: (row: R) => Pick<Row, 'kind' | 'findings'>,
): Table {
  return {
    id,
    title,
    place,
    rows: rows.map((row) => ({
      title: row.title,
      mark: row.mark,
      words: row.words,
      place: `${place}, "${row.title}"`,
      needs: row.needs,
      ...own(row),
    })),
  };
}

export function rowsOf(assessment: Assessment, selections: readonly RowSelection[]): Row[] {
  const tables = new Map(tablesOf(assessment).map((table) => [table.id, table]));
  return selections.flatMap(({ table, kind, row }) =>
    (tables.get(table)?.rows ?? []).filter(
      (candidate) =>
        (kind === undefined || candidate.kind === kind) && (row === undefined || candidate.title === row),
    ),
  );
}

/** A count: `num` of `den`. */
export interface Count {
  num: number;
  den: number;
}

export function countRows(rows: readonly { mark: Mark }[]): Count {
  return { num: rows.filter(({ mark }) => mark === 'ok').length, den: rows.length };
}

export function shareOf({ num, den }: Count): Fraction {
  return fraction(num, den);
}

/**
 * All ways to count the rows: as rows, or by their findings if there are any. If the two differ, the rows give
 * no single share.
 */
export function waysToCount(rows: readonly Row[]): Count[] {
  const findings = rows.flatMap((row) => row.findings);
  return findings.length === 0 ? [countRows(rows)] : [countRows(rows), countRows(findings)];
}

/** The single count that the rows give; undefined if they give several or none. */
export function ownCount(rows: readonly Row[]): Count | undefined {
  const [first, ...others] = waysToCount(rows);
  if (!first || first.den === 0) return undefined;
  return others.every(({ num, den }) => num * first.den === first.num * den) ? first : undefined;
}

export function needsNotMet(assessment: Assessment, needs: readonly RowSelection[]): Row[] {
  return rowsOf(assessment, needs).filter(({ mark }) => mark !== 'ok');
}

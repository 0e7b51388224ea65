import Handlebars from 'handlebars';
import { type FaultResult, isWrong } from '../../judge/sensitivity/fault-result.ts';
import { caughtPercent, type Sensitivity } from '../../judge/sensitivity/sensitivity.ts';
import { renderFailed } from '../render-error.ts';
import { contentSecurityPolicy } from './html-report.ts';

/** What the page is made of; see `reports/templates/`. */
export interface SensitivityTemplates {
  html: string;
  css: string;
}

/** A cell of the matrix: `caught`: red as declared. `red`: red, because of the fault, and not declared. */
type Cell = { kind: 'caught' | 'red' | 'green' | 'blocked' | 'open' | 'none'; sign: string; says: string };

/**
 * The sensitivity matrix, fault by check, as one HTML file that needs no network and no script.
 * @throws ReadinessError `render-failed`
 */
export function renderSensitivity(sensitivity: Sensitivity, { html, css }: SensitivityTemplates): string {
  try {
    const style = css.replace(/\r\n?/g, '\n');
    const handlebars = Handlebars.create();
    return handlebars.compile(html, { strict: true })({
      ...viewOf(sensitivity),
      css: new handlebars.SafeString(style),
      policy: contentSecurityPolicy(style),
    });
  } catch (cause) {
    throw renderFailed('The sensitivity matrix', cause);
  }
}

function viewOf(sensitivity: Sensitivity) {
  const { results, checks, notRun } = sensitivity;
  const faults = results.filter((result) => result.fault !== undefined);
  // A check that no fault turns red has no column: the list below says what does.
  const red = faults.flatMap(({ outcomes }) => Object.keys(outcomes).filter((id) => outcomes[id] === 'fail'));
  const shown = [...new Set(red)].sort();
  return {
    headline: `The gate catches ${caughtPercent(sensitivity)} % of ${sensitivity.proved} faults`,
    at: sensitivity.at,
    sources: sensitivity.sources.slice(0, 12),
    withoutFault: results.find(({ fault }) => fault === undefined)?.seen ?? 'not run',
    notRun,
    faults: faults.map((result) => ({
      name: result.fault,
      state: result.state,
      tone: isWrong(result) ? 'bad' : result.state === 'unproven' ? 'open' : 'good',
      root: result.root ?? 'none',
      bite: result.bite,
      seen: result.seen,
      seconds: (result.tookMs / 1000).toFixed(1),
    })),
    columns: shown,
    rows: faults.map((result) => ({
      name: result.fault,
      cells: cellsOf(result, shown),
    })),
    proofs: checks.map(({ id, by, what }) => ({
      id,
      by: { fault: 'a fault', break: 'its own break', nothing: 'nothing yet' }[by],
      tone: by === 'nothing' ? 'bad' : 'good',
      what: what.join(', '),
    })),
  };
}

function cellsOf(result: FaultResult, ids: readonly string[]): Cell[] {
  const declared = new Set(result.declared);
  return ids.map((id) => cellOf(result, id, declared));
}

function cellOf({ fault = '', outcomes }: FaultResult, id: string, declared: ReadonlySet<string>): Cell {
  const outcome = outcomes[id];
  const says = (what: string) => `${fault}, ${id}: ${what}`;
  switch (outcome) {
    case undefined:
      return { kind: 'none', sign: '', says: says('not run') };
    case 'pass':
      return { kind: 'green', sign: '✓', says: says('passes') };
    case 'fail':
      return declared.has(id)
        ? { kind: 'caught', sign: '✗', says: says('fails as declared') }
        : { kind: 'red', sign: '×', says: says('fails too') };
    case 'blocked':
      return { kind: 'blocked', sign: '–', says: says('blocked') };
    default:
      return { kind: 'open', sign: '?', says: says(outcome) };
  }
}

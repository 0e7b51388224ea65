import { deflateRawSync } from 'node:zlib';
import type { reportView } from '../view/report-view.ts';

type ReportView = ReturnType<typeof reportView>;
type CheckGroup = ReportView['checkGroups'][number];

/** Maximum number of checks that a page contains as markup. With more, a browser takes seconds to open it. */
export const maxChecksAsMarkup = 1_000;

/** Number of root causes, of checks and of references in one list that a large page contains as markup. */
export const shownInLargeReport = 100;

/** Render parts of the page, with everything escaped. */
export interface PartRenderers {
  check(check: CheckGroup['checks'][number]): string;
  blocker(blocker: ReportView['blockers'][number]): string;
  groupHeading(group: CheckGroup): string;
}

/**
 * What a page with many checks contains as markup: the first root causes, and the first checks that do not pass. It shows
 * the same without JavaScript.
 */
export function shortened(view: ReportView): ReportView {
  let left = shownInLargeReport;
  const checkGroups = view.checkGroups.flatMap((group) => {
    const checks = group.checks.filter(({ passed }) => !passed).slice(0, left);
    left -= checks.length;
    return checks.length > 0 ? [{ ...group, checks }] : [];
  });
  return { ...view, checkGroups, blockers: view.blockers.slice(0, shownInLargeReport) };
}

/**
 * The markup of all root causes and checks, from which the page's script takes what it shows: JSON, compressed (RFC 1951),
 * as base64. Neighbours are alike, so this is about a tenth of the markup.
 */
export function storeOf(view: ReportView, render: PartRenderers): string {
  const store = {
    blockers: view.blockers.map(render.blocker),
    groups: view.checkGroups.map((group) => ({
      heading: render.groupHeading(group),
      checks: group.checks.map((check) => [check.anchor, check.outcome, render.check(check)]),
    })),
  };
  return deflateRawSync(JSON.stringify(store)).toString('base64');
}

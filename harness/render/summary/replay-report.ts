import type { Replay, ReplayLine } from '../../assessment/replay/replay.ts';
import { hanging, heading, indented, type Page, pageOf, sections } from '../terminal/page.ts';
import { printable } from '../terminal/printable.ts';
import { table } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** The lines of an assessment beside those of a run, and an explanation of each. */
export function renderReplay(replay: Replay, terminal: Terminal): string {
  const page = pageOf(terminal);
  const places = [...new Set(replay.lines.map(({ place }) => place))];
  const differing = replay.lines.filter(({ agrees }) => !agrees).length;
  return sections([
    [
      heading(printable(`${replay.title}, ${replay.date}, and run ${replay.runId}`), page),
      ...indented([
        `${replay.decision}; ${replay.conditionsNotMet} of ${replay.conditions} conditions are not met.`,
        `${replay.lines.length} lines, ${differing} differ.`,
      ]),
    ],
    ...places.map((place) =>
      placeLines(
        place,
        replay.lines.filter((line) => line.place === place),
        page,
      ),
    ),
  ]);
}

function placeLines(place: string, lines: readonly ReplayLine[], page: Page): string[] {
  const rows = lines.map(({ title, stated, measured, agrees }) => [
    agrees ? '=' : '≠',
    printable(title),
    printable(stated),
    printable(measured),
  ]);
  const compared = table(
    [{ title: '' }, { title: 'Line' }, { title: 'Document', shrinks: true }, { title: 'Run' }],
    rows,
    page.width,
  );
  return [
    heading(printable(place), page),
    ...indented([page.paint.faint(compared.header)]),
    ...lines.flatMap(({ explanation }, index) =>
      indented([
        compared.lines[index] ?? '',
        ...hanging('    ', printable(explanation), page.width).map(page.paint.faint),
      ]),
    ),
  ];
}

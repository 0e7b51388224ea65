import type { Diagnosis, Edge, RootCause } from '../../diagnosis/diagnosis.ts';
import { hanging, heading, indented, more, type Page, pageOf, sections } from '../terminal/page.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Maximum number of consequences and unexplained failures that are named. */
const [shownConsequences, shownFailures] = [12, 20];

/** The likely root causes of a failed run, and its services with the calls that fail. */
export function renderDiagnosis(diagnosis: Diagnosis, terminal: Terminal): string {
  const page = pageOf(terminal);
  const { causes, unexplained, lines, failures, withoutFailure } = diagnosis;
  return sections([
    [
      heading(`Likely root causes: ${causes.length}`, page),
      ...indented([
        `Read: ${lines - failures} lines of logs, ${failures} failures.`,
        ...(withoutFailure > 0
          ? [`${withoutFailure} further symptoms in the logs led to no failure and are left out.`]
          : []),
      ]),
    ],
    ...causes.map((cause, index) => causeLines(cause, index + 1, page)),
    graphLines(diagnosis, page),
    unexplained.length === 0
      ? []
      : [
          heading(`Failures that none of these explains: ${unexplained.length}`, page),
          ...indented([
            ...unexplained.slice(0, shownFailures).map(printable),
            ...more(unexplained.length - shownFailures, 'failures', page),
          ]),
        ],
  ]);
}

const certainty: Readonly<Record<RootCause['rank'], string>> = {
  3: 'names what has to be fixed',
  2: 'names where, not what',
  1: 'says only that something fails',
};

function causeLines(cause: RootCause, number: number, page: Page): string[] {
  const { consequences, seen, sightings, rank, fault } = cause;
  const mark = `${number}. `;
  const inner = page.width - mark.length;
  const shown = consequences.slice(0, shownConsequences);
  return [
    ...hanging(mark, printable(cause.title), page.width).map((line) => page.paint.bad(line)),
    ...[
      ...hanging('Cause  ', printable(cause.cause), inner),
      ...hanging('Fix    ', printable(cause.fix), inner),
      ...hanging(
        'Seen   ',
        `${sightings} ${sightings === 1 ? 'time' : 'times'}; it ${certainty[rank]}`,
        inner,
      ),
      ...seen.flatMap(({ place, text }) => hanging('       ', printable(`${place}: ${text}`), inner)),
      ...(fault === undefined
        ? []
        : hanging('Try    ', page.paint.code(`npm run readiness -- reproduce ${fault}`), inner)),
      ...(consequences.length === 0
        ? []
        : [`${consequences.length} ${consequences.length === 1 ? 'consequence' : 'consequences'}`]),
      ...indented(shown.map(printable)),
      ...indented(more(consequences.length - shown.length, 'consequences', page)),
    ].map((line) => ' '.repeat(mark.length) + line),
  ];
}

/** The calls as a tree, from those whom nobody calls; what a component calls is drawn once. A call that fails has a cross and says how. */
function graphLines({ edges, causes }: Diagnosis, page: Page): string[] {
  if (edges.length === 0) return [];
  const called = new Set(edges.map(({ to }) => to));
  const ill = new Set(causes.map(({ component }) => component));
  const firsts = [...new Set(edges.map(({ from }) => from))].filter((name) => !called.has(name));
  const starts = firsts.length > 0 ? firsts : [edges[0]?.from ?? ''];
  const drawn = new Set<string>();
  return [
    heading('Calls between services', page),
    ...indented(
      starts.flatMap((name) => [
        mark(name, ill, page),
        ...branches(name, { edgesOf: Map.groupBy(edges, ({ from }) => from), ill, page, drawn }),
      ]),
    ),
  ];
}

function branches(
  from: string,
  tree: {
    edgesOf: ReadonlyMap<string, readonly Edge[]>;
    ill: ReadonlySet<string>;
    page: Page;
    /** Components whose calls are in the tree already. */
    drawn: Set<string>;
  },
): string[] {
  const { edgesOf, ill, page, drawn } = tree;
  if (drawn.has(from)) return [];
  drawn.add(from);
  const out = edgesOf.get(from) ?? [];
  return out.flatMap((edge, index) => {
    const isLast = index === out.length - 1;
    const arm = `${isLast ? '└' : '├'}─${edge.broken === undefined ? '─' : '✗'} `;
    const said = edge.broken === undefined ? '' : `  ${edge.broken}`;
    const line = `${arm}${mark(edge.to, ill, page)}${printable(said)}`;
    const below = branches(edge.to, tree);
    return [
      edge.broken === undefined ? line : page.paint.bad(line),
      ...below.map((text) => `${isLast ? ' ' : '│'}   ${text}`),
    ];
  });
}

/** A component with a root cause of its own has a mark. */
function mark(name: string, ill: ReadonlySet<string>, page: Page): string {
  return ill.has(name) ? page.paint.strong(`${printable(name)} (!)`) : printable(name);
}

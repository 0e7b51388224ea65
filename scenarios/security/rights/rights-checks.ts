import { atLeast, type CheckContext, defineCheck, empty } from '../../../harness/engine/index.ts';
import { workspaceRoles } from '../../../platform/contracts/rights.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { serviceDatabases } from '../../kit/service-databases.ts';
import { furtherSecurity } from '../check-fields.ts';
import { listProblems } from './lists.ts';
import { createObjects, type Objects } from './objects.ts';
import {
  type Household,
  householdOf,
  householdOfOutsiders,
  householdOfReader,
  householdOfRemoved,
  type Person,
  personNames,
} from './people.ts';
import { type Answer, deviation, rightAnswer } from './right-answer.ts';
import { rightsBreaks } from './rights-breaks.ts';
import { inOrder, namesAbsent, type ObjectRoute, objectRoutes, requestFor } from './route-request.ts';

const storing = serviceDatabases.map(({ service }) => service);

/** One cell of the table. */
interface Cell {
  route: ObjectRoute;
  person: Person;
  answer: Answer;
  status: number;
  /** What was expected instead. */
  wrong: string | undefined;
}

/** Routes with an object and rights; the plan holds their number. */
const approvedObjectRoutes = objectRoutes().filter(({ spec }) => spec.needs !== undefined).length;

/** The message of a conversation needs the language model. */
const needsModel = new Set(['llm-orchestrator.chat']);

export const rightsHold = defineCheck({
  ...furtherSecurity,
  id: 'security.rights.hold-on-every-route',
  lasts: 19,
  title: 'Roles decide on every route that names an object',
  failureTitle: 'A role reaches an object that it must not, or not its own',
  controls: ['requests'],
  standards: ['ASVS 8.2.1', 'ASVS 8.2.2', 'ASVS 8.2.3', 'API1', 'API5'],
  why: 'A viewer who can delete, or a former member who can still read, makes every role and every removal worthless (API1, API5). One forgotten route is enough, so all of them are tried.',
  severity: 'blocker',
  needs: [registrationWorks, ...storing.map((service) => `services.${service}.available`)],
  services: ['gateway', ...storing],
  timeoutMs: 180_000,
  remediation: {
    text: 'Correct `needs` of the route in its contract, or `workspaceOf` in the app of its service. rights.md in the evidence has the status of every person and route.',
    effort: 'days',
  },
  expects: {
    wrong: empty(),
    changed: empty(),
    wrongLists: empty(),
    routes: atLeast(approvedObjectRoutes, 'routes'),
    requests: atLeast(approvedObjectRoutes * personNames.length, 'requests'),
  },
  breaks: rightsBreaks,
  run: async (context) => {
    const routes = inOrder(objectRoutes().filter(({ spec }) => spec.needs !== undefined));
    const opened = await Promise.all([
      ...workspaceRoles.map((role) => householdOf(context, role)),
      householdOfReader(context),
      householdOfRemoved(context),
      householdOfOutsiders(context),
    ]);
    const results = await Promise.all(opened.map((household) => tryAll(context, household, routes)));
    const cells = results.flatMap((result) => result.cells);
    await context.keep('rights.md', table(routes, cells));
    return {
      wrong: cells.flatMap(({ route, person, answer, status, wrong }) =>
        wrong === undefined
          ? []
          : [
              `${person.name}: ${route.spec.method} ${route.path} is ${answer}: ${status} instead of ${wrong}`,
            ],
      ),
      changed: results.flatMap(({ changed }) => changed),
      wrongLists: results.flatMap(({ wrongLists }) => wrongLists),
      routes: routes.length,
      requests: cells.length,
    };
  },
});

/** Sends every request of every person: first those that must be refused, then the others. */
async function tryAll(
  context: Pick<CheckContext, 'http' | 'patience' | 'signal' | 'unique'>,
  household: Household,
  routes: readonly ObjectRoute[],
): Promise<{ cells: Cell[]; changed: string[]; wrongLists: string[] }> {
  const objects = await createObjects(context, household);
  const names = household.people.map(({ name }) => name).join(', ');
  const judged = household.people.flatMap((person) =>
    routes.map((route) => ({ route, person, answer: rightAnswer(route, person) })),
  );
  const cells: Cell[] = [];
  async function send(wanted: readonly (typeof judged)[number][]): Promise<void> {
    for (const one of wanted) cells.push(await tryOne(context, one, objects));
  }
  const wrongLists = await listProblems(context, household, objects);
  const before = await snapshot(household, objects, routes);
  await send(judged.filter(({ answer }) => answer !== 'allowed'));
  const after = await snapshot(household, objects, routes);
  await send(judged.filter(({ answer }) => answer === 'allowed'));
  const changed = [...before].flatMap(([path, text]) =>
    after.get(path) === text ? [] : [`${names}: ${path}: ${text} became ${after.get(path)}`],
  );
  return { cells, changed, wrongLists };
}

async function tryOne(
  { http }: Pick<CheckContext, 'http'>,
  { route, person, answer }: Pick<Cell, 'route' | 'person' | 'answer'>,
  objects: Objects,
): Promise<Cell> {
  const request = requestFor(route, objects);
  if (typeof request === 'string') return { route, person, answer, status: 0, wrong: request };
  const { path, ...options } = request;
  const response = await http.request('gateway', path, {
    ...options,
    from: person.from,
    ...(person.token === undefined ? {} : { token: person.token }),
  });
  const { status, text } = response;
  const unmeasured =
    answer === 'allowed' &&
    ((status === 404 && namesAbsent(route, objects)) || (status === 503 && needsModel.has(route.id)));
  const wrong = unmeasured ? undefined : deviation(route, person, answer, { status, text });
  return { route, person, answer, status, wrong };
}

/** Routes whose reading takes away what they show: an archive can be downloaded once. */
const readOnce = new Set(['platform-services.downloadExport']);

/** What the owner reads of the objects, by path. Problems have the time of the response, so only their status counts. */
async function snapshot(
  { send }: Household,
  objects: Objects,
  routes: readonly ObjectRoute[],
): Promise<Map<string, string>> {
  const seen = new Map<string, string>();
  for (const route of routes.filter(({ id, spec }) => spec.method === 'GET' && !readOnce.has(id))) {
    const request = requestFor(route, objects);
    if (typeof request === 'string') continue;
    const { status, text } = await send('GET', request.path);
    // Reading the payloads of a webhook extends its life.
    const lasting = text.replaceAll(/"expirationTime":"[^"]*"/g, '');
    seen.set(request.path, status === 200 ? lasting : String(status));
  }
  return seen;
}

/** The evidence: who got which status, in bold where it is not the right one. */
function table(routes: readonly ObjectRoute[], cells: readonly Cell[]): string {
  const cellOf = new Map(cells.map((cell) => [`${cell.route.id} ${cell.person.name}`, cell]));
  const rows = routes.map((route) => {
    const statuses = personNames.map((name) => {
      const cell = cellOf.get(`${route.id} ${name}`);
      if (cell === undefined) return '';
      return cell.wrong === undefined ? `${cell.status}` : `**${cell.status}, not ${cell.wrong}**`;
    });
    return `| ${route.spec.method} ${route.path} | ${statuses.join(' | ')} |`;
  });
  const head = ['route', ...personNames];
  return [`| ${head.join(' | ')} |`, `|${head.map(() => ' --- |').join('')}`, ...rows, ''].join('\n');
}

import type { CheckContext } from '../../../harness/engine/index.ts';
import { approved } from '../../kit/contract/approved-contract.ts';
import type { Objects } from './objects.ts';
import type { Household, Person } from './people.ts';

/** Paths of all lists and summaries at the gateway, as approved. */
const lists: readonly string[] = [...approved.values()]
  .flatMap(({ routes }) => Object.entries(routes))
  .flatMap(([key, { access, at }]) =>
    access === 'user' && key.startsWith('GET ') && at !== undefined && !at.includes(':') ? [at] : [],
  )
  .filter((path) => path !== '/api/mcp');

type Kind = Exclude<keyof Objects, 'absent' | 'records'>;

/** Objects in the workspaces of a household: who is a member sees them in a list. */
const shared: readonly Kind[] = ['workspace', 'base', 'file', 'workflow', 'execution', 'saga', 'sync'];
/** Objects of the owner alone. */
const own: readonly Kind[] = ['token', 'session', 'grant', 'export', 'notification'];

/** What is wrong with the texts of all lists as a person sees them. */
export function wrongInLists(
  { name, role, token }: Pick<Person, 'name' | 'role' | 'token'>,
  objects: Pick<Objects, Kind>,
  seen: readonly { path: string; status: number; text: string }[],
): string[] {
  if (token === undefined)
    return seen
      .filter(({ status }) => status !== 401)
      .map(({ path, status }) => `${name}: ${path} is ${status}`);
  const where = (kind: Kind) =>
    seen.filter(({ text }) => text.includes(objects[kind])).map(({ path }) => path);
  const hidden = [...(role === undefined ? shared : []), ...(name === 'owner' ? [] : own)];
  const visible = [...(role === undefined ? [] : shared), ...(name === 'owner' ? own : [])];
  return [
    ...hidden.flatMap((kind) => where(kind).map((path) => `${name}: ${path} contains a foreign ${kind}`)),
    ...visible
      .filter((kind) => where(kind).length === 0)
      .map((kind) => `${name}: no list contains the ${kind}`),
  ];
}

/** Reads every list as every person of a household: no list may show what its reader may not read. */
export async function listProblems(
  { http }: Pick<CheckContext, 'http'>,
  { people }: Household,
  objects: Objects,
): Promise<string[]> {
  const problems: string[] = [];
  for (const person of people) {
    const seen: { path: string; status: number; text: string }[] = [];
    for (const path of lists) {
      const { status, text } = await http.request('gateway', path, {
        from: person.from,
        ...(person.token === undefined ? {} : { token: person.token }),
      });
      seen.push({ path, status, text });
    }
    problems.push(...wrongInLists(person, objects, seen));
  }
  return problems;
}

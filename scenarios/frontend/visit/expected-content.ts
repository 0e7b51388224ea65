import type { HTMLElement } from 'node-html-parser';
import { z } from 'zod';
import { User } from '../../../platform/contracts/identity.ts';
import { SessionInfo } from '../../../platform/contracts/platform-services/authentication.ts';
import { PendingInvitation } from '../../../platform/contracts/platform-services/invitations.ts';
import { PersonalToken } from '../../../platform/contracts/platform-services/personal-tokens.ts';
import { TenantUser } from '../../../platform/contracts/platform-services/tenant-users.ts';
import { Workspace, WorkspaceMember } from '../../../platform/contracts/platform-services/workspaces.ts';
import { card, datesIn, rowElements, type SeenPage, textOf } from './seen-page.ts';

/** Compares a page with what the API returns. @returns one sentence per difference */
export type PageProblems = (page: SeenPage) => string[];

/** An entry of a list as the page must show it. */
interface Entry {
  /** Text that only this entry has. */
  key: string;
  texts?: readonly string[];
  /** The chosen option of its select, or its tag. */
  role?: string;
  /** ISO times, in the order of the page. */
  times?: readonly string[];
  /** To which the page rounds times down, milliseconds; default: a minute. */
  precisionMs?: number;
}

const Lists = z.object({
  me: User,
  workspaces: z.object({ workspaces: z.array(Workspace) }),
  sessions: z.object({ sessions: z.array(SessionInfo) }),
  members: z.object({ members: z.array(WorkspaceMember) }),
  invitations: z.object({ invitations: z.array(PendingInvitation) }),
  users: z.object({ users: z.array(TenantUser) }),
  tokens: z.object({ tokens: z.array(PersonalToken) }),
});

/** What the pages of the owner of a tenant must show, from the responses of the API for the same user. */
export function expectedOn(responses: Record<keyof z.infer<typeof Lists>, unknown>) {
  const { me, ...lists } = Lists.parse(responses);
  return {
    dashboard: (page: SeenPage) => [
      ...headed(page, 'Dashboard'),
      ...missingIn(textOf(card(page, 'Account')), 'the card Account', [me.name, me.email, me.role]),
      ...differentTimes(card(page, 'Account'), 'the card Account', [me.created_at], dayMs),
      ...differences(
        page,
        'Workspaces',
        lists.workspaces.workspaces.map(({ name, description, role }) => ({
          key: name,
          texts: description === null ? [] : [description],
          role,
        })),
      ),
      ...differences(
        page,
        'Sessions',
        lists.sessions.sessions.map(({ user_agent, address, last_used_at }) => ({
          key: user_agent ?? 'Unknown device',
          texts: [address ?? 'unknown address'],
          times: [last_used_at],
        })),
      ),
      ...currentSession(page),
    ],
    members: (workspace: string) => (page: SeenPage) => [
      ...headed(page, `Members of ${workspace}`),
      ...differences(
        page,
        'Members',
        lists.members.members.map(({ name, email, role }) => ({ key: email, texts: [name], role })),
      ),
      ...differences(
        page,
        'Invitations',
        lists.invitations.invitations
          .filter(({ status }) => status !== 'accepted')
          .map(({ email, role, status, expires_at }) => ({
            key: email,
            texts: [role, status],
            times: [expires_at],
            precisionMs: dayMs,
          })),
      ),
    ],
    users: (page: SeenPage) => [
      ...headed(page, 'Users of the tenant'),
      ...differences(page, undefined, lists.users.users.map(userEntry)),
    ],
    foundUsers: (search: { found: string; others: readonly string[] }) => (page: SeenPage) => [
      ...headed(page, 'Users of the tenant'),
      ...differences(
        page,
        undefined,
        lists.users.users.filter(({ email }) => email === search.found).map(userEntry),
      ),
      ...search.others
        .filter((other) => textOf(page.root).includes(other))
        .map((other) => `shows ${other} too`),
    ],
    keys: (page: SeenPage) => [
      ...headed(page, 'API keys'),
      ...differences(
        page,
        'Your keys',
        lists.tokens.tokens.map(({ name, id, scopes, expires_at, last_used_at }) => ({
          key: name,
          texts: [
            id,
            ...scopes,
            ...(expires_at === null ? ['no end'] : []),
            ...(last_used_at === null ? ['never used'] : []),
          ],
        })),
      ),
    ],
  };
}

function userEntry({ name, email, role, is_owner, workspaces }: TenantUser): Entry {
  return {
    key: email,
    texts: [name, ...(is_owner ? ['owner'] : []), ...workspaces.map((one) => `${one.name} (${one.role})`)],
    // The owner's role cannot be changed, so the page shows no choice.
    ...(is_owner ? {} : { role }),
  };
}

/** Compares the entries of a card, or of the only list of a page, with what they must show. */
function differences(page: SeenPage, heading: string | undefined, expected: readonly Entry[]): string[] {
  const found = heading === undefined ? page.root.querySelectorAll('main li') : rowElements(page, heading);
  const where = heading === undefined ? 'the list' : `the card ${heading}`;
  const problems: string[] = [];
  if (found.length !== expected.length)
    problems.push(`${where} has ${found.length} entries instead of ${expected.length}`);
  for (const { key, texts = [], role, times = [], precisionMs = minuteMs } of expected) {
    const rows = found.filter((row) => textOf(row).includes(key));
    const entry = `${where}, entry ${key}`;
    if (rows.length === 0) problems.push(`${where} does not show ${key}`);
    // Two sessions of one device look alike: one of the rows must fit.
    const perRow = rows.map((row) => [
      ...missingIn(textOf(row), entry, texts),
      ...(role === undefined || roleIn(row) === role
        ? []
        : [`${entry} has the role ${roleIn(row)} instead of ${role}`]),
      ...differentTimes(row, entry, times, precisionMs),
    ]);
    problems.push(...(perRow.sort((a, b) => a.length - b.length)[0] ?? []));
  }
  return problems;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

function headed({ heading, status, path }: SeenPage, expected: string): string[] {
  if (status === 200 && heading === expected) return [];
  return [`${path} has status ${status} and the heading “${heading}” instead of “${expected}”`];
}

function missingIn(text: string, where: string, wanted: readonly string[]): string[] {
  return wanted.filter((one) => !text.includes(one)).map((one) => `${where} does not show “${one}”`);
}

/** Pages round times down to the precision, milliseconds. */
function differentTimes(
  element: HTMLElement | undefined,
  where: string,
  expected: readonly string[],
  precisionMs: number,
): string[] {
  const shown = datesIn(element);
  return expected.flatMap((time, index) => {
    const difference = Math.abs((shown[index] ?? Number.NaN) - Date.parse(time));
    return difference < precisionMs ? [] : [`${where} does not show the time ${time}`];
  });
}

function roleIn(row: HTMLElement): string {
  const option = row.querySelector('option[selected]');
  return option?.getAttribute('value') ?? textOf(row.querySelector('.tag'));
}

/** Exactly one session is the visitor's own; the others have a button. */
function currentSession(page: SeenPage): string[] {
  const found = rowElements(page, 'Sessions');
  const own = found.filter((row) => textOf(row).includes('this session')).length;
  const ended = found.filter((row) => row.querySelector('button') !== null).length;
  const problems = own === 1 ? [] : [`the card Sessions marks ${own} sessions as this one`];
  if (ended !== found.length - 1)
    problems.push(`the card Sessions has ${ended} buttons for ${found.length} sessions`);
  return problems;
}

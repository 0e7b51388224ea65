import { createHash } from 'node:crypto';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import approvedJson from './approved-contract.json' with { type: 'json' };
import type { RouteContract } from './read-contract.ts';

/** A route that people have approved. Lists of fields are texts, separated by spaces, so that changes are easy to read. */
interface ApprovedLine {
  access: RouteContract['access'];
  /** Path at the gateway; absent for a route that clients cannot reach. */
  at?: string;
  needs?: unknown;
  scope?: string;
  takes: string;
  answers: Record<string, string>;
}

export interface ApprovedRoute extends RouteContract {
  at?: string;
}

export interface ApprovedService {
  routes: Record<string, ApprovedRoute>;
  /** Fields of all problems. */
  problems: readonly string[];
}

export type ApprovedFile = Record<string, { problems: string; routes: Record<string, ApprovedLine> }>;

const list = (text: string): string[] => (text === '' ? [] : text.split(' '));

/**
 * The approved contract: routes, access, rights and fields of all services, accepted on purpose with
 * `npm run accept:contract`. A contract alone cannot show that it has been changed by mistake.
 */
export const approved: ReadonlyMap<ServiceName, ApprovedService> = new Map(
  Object.entries(approvedJson as ApprovedFile).map(([service, { problems, routes }]) => [
    service as ServiceName,
    {
      problems: list(problems),
      routes: Object.fromEntries(
        Object.entries(routes).map(([key, { takes, answers, ...rest }]) => [
          key,
          {
            ...rest,
            takes: list(takes),
            answers: Object.fromEntries(
              Object.entries(answers).map(([status, fields]) => [status, list(fields)]),
            ),
          },
        ]),
      ),
    },
  ]),
);

/** Identifies the text of a contract in a plan, without its spaces. */
export function hashOf(text: string): string {
  return createHash('sha256')
    .update(JSON.stringify(JSON.parse(text)))
    .digest('hex');
}

export const approvedHash = hashOf(JSON.stringify(approvedJson));

/** @param route e.g. `GET /files/:id` */
export function approvedRoute(service: ServiceName, route: string): ApprovedRoute | undefined {
  return approved.get(service)?.routes[route];
}

/** The text of the file for what services describe. */
export function approvedText(services: Readonly<Record<string, ApprovedService>>): string {
  const file: ApprovedFile = Object.fromEntries(
    Object.entries(services).map(([name, { problems, routes }]) => [
      name,
      {
        problems: problems.join(' '),
        routes: Object.fromEntries(
          Object.entries(routes)
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, { access, at, needs, scope, takes, answers }]) => [
              key,
              {
                access,
                ...(at === undefined ? {} : { at }),
                ...(needs === undefined ? {} : { needs }),
                ...(scope === undefined ? {} : { scope }),
                takes: takes.join(' '),
                answers: Object.fromEntries(
                  Object.entries(answers).map(([status, fields]) => [status, fields.join(' ')]),
                ),
              },
            ]),
        ),
      },
    ]),
  );
  return `${JSON.stringify(file, null, 2)}\n`;
}

import type { Break } from '../../../harness/engine/index.ts';
import { changeJson, changeStatus, oneBreak } from '../../kit/breaks.ts';

/** Matches a path literally. */
const exactly = (path: string): string => path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** @param success the status of a valid body */
export function bodyBreaks(route: {
  method: string;
  path: string;
  success: number;
  service: string;
}): Break[] {
  const met = { method: route.method, path: new RegExp(`^${exactly(route.path)}$`) };
  return [
    oneBreak(
      `${route.service} accepts bodies that violate its contract.`,
      changeStatus({ ...met, status: 422 }, route.success),
      'notRejected',
    ),
    oneBreak(
      `${route.service} rejects bodies without naming the field.`,
      changeJson({ ...met, status: 422 }, () => ({ error: 'validation_failed', message: 'Invalid.' })),
      'withoutPath',
    ),
  ];
}

export function listBreaks({ path, service }: { path: string; service: string }): Break[] {
  const list = new RegExp(`^${exactly(path)}\\?`);
  return [
    oneBreak(
      `${service} accepts any page of a list.`,
      changeStatus({ method: 'GET', path: list, status: 422 }, 200),
      'notRejected',
    ),
    oneBreak(
      `${service} fails on text that is no UTF-8.`,
      changeStatus({ method: 'GET', path: new RegExp(`^${exactly(path)}\\?search=%FF`) }, 500),
      'serverErrors',
    ),
  ];
}

export const uploadBreaks: readonly Break[] = [
  oneBreak(
    'Any file type is accepted.',
    changeStatus({ method: 'POST', path: /^\/api\/files\/upload$/, status: 415 }, 201),
    'notRejected',
  ),
  oneBreak(
    'Rejected files are kept.',
    changeJson({ method: 'GET', path: /^\/api\/files$/ }, (json) => ({ ...json, total: 1 })),
    'kept',
  ),
];

export const formulaBreaks: readonly Break[] = [
  oneBreak(
    'Formulas of any depth are evaluated.',
    changeStatus({ method: 'POST', path: /\/listRecords$/, status: 422 }, 200),
    'accepted',
  ),
  oneBreak(
    'A formula makes the service fail.',
    changeStatus({ method: 'POST', path: /\/listRecords$/, status: 422 }, 500),
    'serverErrors',
  ),
];

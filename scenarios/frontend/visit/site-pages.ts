import { frontend } from '../../../platform/contracts/frontend/contract.ts';
import { doneSteps } from '../../../platform/contracts/frontend/recovery-pages.ts';
import type { RouteSpec } from '../../../platform/contracts/route.ts';

/** A token of a mail that nobody has sent. */
const unknownToken = 'readiness-unknown-token';

const routes: readonly RouteSpec[] = Object.values(frontend.routes);

const pageRoutes = routes.filter(
  ({ method, success }) => method === 'GET' && success.contentType === 'text/html',
);

/** Routes to which the site's forms post, the one that ends the session last. */
export const formPaths: readonly string[] = routes
  .filter(({ bodyType }) => bodyType === 'application/x-www-form-urlencoded')
  .map(({ path }) => path)
  .sort((a, b) => Number(a === '/auth/logout') - Number(b === '/auth/logout'));

/** Paths of all declared pages, with a workspace's id. Pages of mails have a token that does not exist. */
export function pagePaths(workspaceId: string): string[] {
  return pageRoutes.flatMap(({ path }) => {
    const at = inWorkspace(path, workspaceId);
    if (path === '/auth/done') return doneSteps.map((step) => `${at}?what=${step}`);
    return isPageOfMail(path) ? [`${at}?token=${unknownToken}`] : [at];
  });
}

export const inWorkspace = (path: string, workspaceId: string): string => path.replace(':id', workspaceId);

/** Only links of mails, and the forms behind them, lead to these pages. */
export function isPageOfMail(path: string): boolean {
  return /^\/(invitation|auth\/(reset-password|verify-email|confirm-email|undo-email-change|done))$/.test(
    path,
  );
}

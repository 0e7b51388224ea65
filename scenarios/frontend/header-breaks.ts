import type { Break } from '../../harness/engine/index.ts';
import { headerChange, pageChange } from './visit/site-breaks.ts';

export const policyDropped: Break = {
  defect: 'The page of exports has no content security policy.',
  changes: [headerChange(/^\/account\/export/, () => ({ 'content-security-policy': undefined }))],
  violates: ['policy'],
};

export const policyWidened: Break = {
  defect: 'Error pages allow scripts that are written into them.',
  changes: [
    headerChange(/^\/no-such-page/, ({ 'content-security-policy': policy }) => ({
      'content-security-policy': `${policy}; script-src 'self' 'unsafe-inline'`,
    })),
  ],
  violates: ['policy'],
};

export const headersDropped: Break = {
  defect: 'Pages are cached and their type is guessed.',
  changes: [
    headerChange(/^\/dashboard/, () => ({
      'cache-control': 'public, max-age=60',
      'x-content-type-options': undefined,
    })),
  ],
  violates: ['headers'],
};

export const cookieReadable: Break = {
  defect: 'Scripts of a page can read the cookies of the session.',
  changes: [
    headerChange(/^\/auth\/login/, ({ 'set-cookie': lines }) =>
      lines === undefined
        ? {}
        : { 'set-cookie': [lines].flat().map((line) => line.replace(/; ?HttpOnly/i, '')) },
    ),
  ],
  violates: ['cookies'],
};

export const styleMissing: Break = {
  defect: 'The style sheet is not found.',
  changes: [
    { kind: 'exchange', service: 'frontend', path: /^\/assets\/.*css/, response: () => ({ status: 404 }) },
  ],
  violates: ['assets'],
};

export const pagesEmpty: Break = {
  defect: 'The page of users is empty.',
  changes: [pageChange(/^\/admin\/users/, () => '<!doctype html><title>Users</title>')],
  violates: ['notShown'],
};

export const crossSiteForms: Break = {
  defect: 'Forms accept requests from other sites.',
  changes: [
    {
      kind: 'source',
      file: 'platform/services/frontend/session/csrf.ts',
      find: "if (!isOwnPage(request)) throw problem('forbidden');",
      replace: 'void isOwnPage; void request;',
    },
  ],
  violates: ['accepted'],
};

export const tokensIgnored: Break = {
  defect: 'Forms accept any hidden token.',
  changes: [
    {
      kind: 'source',
      file: 'platform/services/frontend/session/csrf.ts',
      find: "isValid: (request, token) => tokens.verify(cookies.read(request, 'csrf') ?? '', token),",
      replace: 'isValid: () => true,',
    },
  ],
  violates: ['accepted'],
};

import type { Break } from '../../harness/engine/index.ts';

export const everyCallback: Break = {
  defect: 'A callback may begin with a slash and a backslash.',
  changes: [
    {
      kind: 'source',
      file: 'platform/services/frontend/session/callback-url.ts',
      find: "if (requested === undefined || !/^\\/(?![/\\\\])[\\x21-\\x7e]*$/.test(requested) || requested.includes('\\\\'))\n    return startPage;",
      replace:
        "if (requested === undefined) return startPage;\n  if (requested.startsWith('/\\\\')) return requested;",
    },
  ],
  violates: ['leaving'],
};

export const loginCallback: Break = {
  defect: 'The sign-in form redirects to the posted callback as it is.',
  changes: [
    {
      kind: 'source',
      file: 'platform/services/frontend/handlers/form-handlers.ts',
      find: 'reply.redirect(safeCallback(form.callbackUrl), 303);',
      replace: "reply.redirect(form.callbackUrl ?? '/dashboard', 303);",
    },
  ],
  violates: ['leaving'],
};

export const registrationCallback: Break = {
  defect: 'A new account is sent to the posted callback as it is.',
  changes: [
    {
      kind: 'exchange',
      service: 'frontend',
      method: 'POST',
      path: /^\/auth\/register$/,
      response: ({ status, headers }, { body }) =>
        status === 303
          ? {
              headers: {
                ...headers,
                location: new URLSearchParams(body.toString()).get('callbackUrl') ?? '/',
              },
            }
          : {},
    },
  ],
  violates: ['leaving'],
};

export const pageCallback: Break = {
  defect: 'The registration page sends signed-in visitors to any address.',
  changes: [
    {
      kind: 'exchange',
      service: 'frontend',
      method: 'GET',
      path: /^\/auth\/register\?callbackUrl=/,
      response: ({ status, headers }, { url }) => {
        const callback = new URL(url, 'http://site.invalid').searchParams.get('callbackUrl') ?? '';
        return status === 303 && /^[\x21-\x7e]+$/.test(callback)
          ? { headers: { ...headers, location: callback } }
          : {};
      },
    },
  ],
  violates: ['leaving'],
};

export const shortcutCallback: Break = {
  defect: 'Short paths pass a foreign callback on to the sign-in page.',
  changes: [
    {
      kind: 'exchange',
      service: 'frontend',
      path: /^\/login\?callbackUrl=/,
      response: ({ headers }, { url }) => ({
        headers: { ...headers, location: `/auth/login${new URL(url, 'http://site.invalid').search}` },
      }),
    },
  ],
  violates: ['leaving'],
};

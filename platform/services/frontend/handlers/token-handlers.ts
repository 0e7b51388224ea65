import { doneActions } from '../../../contracts/frontend/administration.ts';
import type { frontend } from '../../../contracts/frontend/contract.ts';
import { type TokenScope, TokenScope as TokenScopes } from '../../../contracts/token-scope.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { newTokenPage, type TokensView, tokensPage } from '../pages/account/tokens.ts';
import type { Notice } from '../pages/notice.ts';
import { sendPage } from '../pages/page-headers.ts';
import type { Form } from './form-problems.ts';
import type { SignedInPage, SignedInPages } from './signed-in-pages.ts';
import type { Site } from './site.ts';

type TokensData = Pick<TokensView, 'tokens' | 'workspaces'>;

const path = '/account/tokens';
const dayMs = 24 * 3_600_000;

/** The rights that a posted form asks for. */
function definitionOf(form: Form) {
  const chosen = (prefix: string) =>
    Object.keys(form)
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length));
  const scopes = chosen('scope:').filter(
    (scope): scope is TokenScope => TokenScopes.safeParse(scope).success,
  );
  const workspaces = chosen('workspace:');
  const bases = (form.bases ?? '').split(/[\s,]+/).filter((id) => id !== '');
  const days = Number(form.expires);
  return {
    name: form.name?.trim() ?? '',
    scopes,
    resources: workspaces.length + bases.length === 0 ? ('all' as const) : { workspaces, bases },
    expires_at: days > 0 ? new Date(Date.now() + days * dayMs).toISOString() : null,
  };
}

/** The page of API keys. */
export function tokenHandlers(
  site: Site,
  pages: SignedInPages,
): Pick<Handlers<typeof frontend>, 'tokensPage' | 'createTokenForm' | 'revokeTokenForm'> {
  const { api } = site.identity;

  function pageWith(notice?: Notice): SignedInPage<TokensData> {
    return {
      path,
      async load(call) {
        const [{ tokens }, { workspaces }] = await Promise.all([
          api.listTokens({}, call),
          api.listWorkspaces({}, call),
        ]);
        return { tokens, workspaces };
      },
      render: ({ visitor, data, form, problems }) => tokensPage({ visitor, ...data, form, problems, notice }),
    };
  }

  return {
    tokensPage: ({ raw, reply, query }) => pages.show({ raw, reply }, pageWith(query.done)),
    createTokenForm: ({ raw, reply, body }) =>
      pages.submit(
        { raw, reply, body },
        pageWith(),
        async (call, form) => {
          const created = await api.createToken({ body: definitionOf(form) }, call);
          const visitor = { ...site.visitor(raw, reply), signedIn: true };
          sendPage(reply, 200, newTokenPage(visitor, created));
          return undefined;
        },
        ['name', 'scopes', 'resources', 'expires_at'],
      ),
    revokeTokenForm: ({ raw, reply, body }) =>
      pages.submit({ raw, reply, body }, pageWith(), async (call, form) => {
        await api.revokeToken({ params: { id: form.id ?? '' } }, call);
        return `${path}?done=${doneActions.tokens[0]}`;
      }),
  };
}

import {
  atLeast,
  defineCheck,
  empty,
  type TracedExchange,
  type TracedSpan,
} from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { spanBreaks } from './trace-breaks.ts';

export const spansHaveNoSecrets = defineCheck({
  id: 'api.traces.spans-have-no-secrets',
  title: 'Spans contain no password and no token',
  failureTitle: 'Spans contain passwords or tokens',
  why: 'Traces are kept for weeks, in another system, and many people can read them.',
  category: 'api',
  severity: 'high',
  needs: ['services.airtable-gateway.available', registrationWorks],
  services: ['gateway', 'platform-services', 'airtable-gateway', 'mcp-server'],
  requires: ['traces', 'registration'],
  standards: ['ASVS 16.2.5'],
  remediation: {
    text: 'Attributes of spans hold names, ids and statements with placeholders; never values of statements, headers or bodies (platform/kit/observe).',
    effort: 'hours',
  },
  expects: { spans: atLeast(10, 'spans'), leaks: empty() },
  breaks: spanBreaks,
  async run(context) {
    const { traces } = context;
    const account = await context.account();
    const { email, password, accessToken, address: from } = account;
    const send = sendAs(context, account);
    const created = await prepare(send, 'POST', '/api/auth/tokens', {
      name: 'Traces',
      scopes: ['schema.bases:read'],
    });
    const key = textAt(created, 'token');
    const newPassword = `${password} and more`;
    const platform = (name: RegExp) => [
      { service: 'gateway' as const },
      { service: 'platform-services' as const, name },
    ];
    const exchanges: TracedExchange[] = [
      await traces.request('gateway', '/api/auth/login', {
        method: 'POST',
        body: { email, password },
        from,
        stops: platform(/^postgresql /),
        name: 'sign-in',
      }),
      await traces.request('gateway', `/api/airtable/v0/meta/bases?trace=${context.unique('query')}`, {
        token: key,
        from,
        stops: [{ service: 'gateway' }, { service: 'airtable-gateway', name: /^postgresql / }],
        name: 'key',
      }),
      await traces.request('gateway', '/api/auth/tokens', {
        method: 'POST',
        token: accessToken,
        body: { name: 'Traced', scopes: ['schema.bases:read'] },
        from,
        stops: platform(/^postgresql /),
        name: 'create-key',
      }),
      await traces.request('gateway', '/api/auth/change-password', {
        method: 'POST',
        token: accessToken,
        body: { current_password: password, new_password: newPassword },
        from,
        stops: platform(/^postgresql /),
        name: 'change-password',
      }),
      // The services call each other for it, with the token of the user.
      await traces.request('gateway', '/api/mcp/tools/call', {
        method: 'POST',
        token: key,
        body: { name: 'list_bases', arguments: {} },
        from,
        stops: [
          { service: 'gateway' },
          { service: 'mcp-server' },
          { service: 'airtable-gateway', name: /^postgresql / },
        ],
        name: 'tool',
      }),
    ];
    const [signIn, , secondKey] = exchanges;
    const secrets: readonly (readonly [kind: string, value: string])[] = [
      ['the password', password],
      ['the access token', accessToken],
      ['the API key', key],
      ['the access token of the sign-in', textAt(signIn?.exchange.json, 'access_token')],
      ['the refresh token of the sign-in', textAt(signIn?.exchange.json, 'refresh_token')],
      ['the new API key', textAt(secondKey?.exchange.json, 'token')],
    ];
    const spans = exchanges.flatMap((traced) => traced.spans);
    const leaks = spans.flatMap((span) => {
      const text = JSON.stringify(span);
      const own = secrets.filter(([, value]) => value !== '' && text.includes(value)).map(([kind]) => kind);
      const others = context.secretsIn(JSON.stringify(describedBy(span)));
      return [...own, ...others].map((kind) => `${kind} in "${span.name}" of ${span.service}`);
    });
    return { spans: spans.length, leaks: [...new Set(leaks)] };
  },
});

/** The attributes of a span but its statement, whose placeholders look like values. */
function describedBy({ attributes }: TracedSpan): Record<string, string | number | boolean> {
  const { 'db.query.text': _statement, ...rest } = attributes;
  return rest;
}

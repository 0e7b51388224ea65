import { type CheckDefinition, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import { problemLocation, summary } from '../../kit/response.ts';
import { sendAs } from '../../kit/send-as.ts';
import { listBreaks } from './bad-input-breaks.ts';
import { badInputCheck } from './check-fields.ts';
import { isReady } from './service-state.ts';

const paging = [
  'page=-1',
  'page=0',
  'page=1e99',
  'page=x',
  'page_size=0',
  'page_size=1000000000',
  'page_size=NaN',
];

/** A list with pages, and query parameters that it must reject. */
const lists: readonly { service: ServiceName; path: string; query: readonly string[] }[] = [
  { service: 'user-service', path: '/api/users', query: paging },
  { service: 'platform-services', path: '/api/audit/events', query: [...paging, 'outcome=maybe'] },
  {
    service: 'file-service',
    path: '/api/files',
    query: [...paging, 'status=odd', `search=${'x'.repeat(256)}`],
  },
  { service: 'saga-service', path: '/api/saga', query: [...paging, 'status=odd'] },
  { service: 'automation-services', path: '/api/workflows', query: [...paging, 'status=odd'] },
  { service: 'llm-orchestrator', path: '/api/sessions', query: paging },
  { service: 'airtable-gateway', path: '/api/airtable/sync/logs', query: [...paging, 'status=odd'] },
];

export const badListChecks: readonly CheckDefinition[] = lists.map(({ service, path, query }) =>
  defineCheck({
    ...badInputCheck(service),
    id: `security.bad-input.${service}.lists`,
    users: 1,
    title: `${service} rejects invalid list parameters`,
    expects: {
      notRejected: empty(),
      withoutPath: empty(),
      serverErrors: empty(),
      ready: equals(true),
      requests: equals(query.length),
      valid: equals(200),
    },
    breaks: listBreaks({ path, service }),
    run: async (context) => {
      const send = sendAs(context, await context.account());
      const notRejected: string[] = [];
      const withoutPath: string[] = [];
      const serverErrors: string[] = [];
      for (const parameter of query) {
        const response = await send('GET', `${path}?${parameter}`);
        const [name = ''] = parameter.split('=');
        if (response.status !== 422) notRejected.push(`${parameter}: ${summary(response)}`);
        else if (problemLocation(response).join('.') !== `query.${name}`)
          withoutPath.push(`${parameter}: ${summary(response)}`);
      }
      // Some services ignore these parameters, so only a server error is wrong.
      for (const odd of [
        'search=%00',
        'search=%FF%FE',
        'search=%ED%A0%80',
        'status=%00',
        '__proto__[x]=1',
        '%00=1',
        'page=1&page=2',
        `x=${'y'.repeat(8_000)}`,
      ]) {
        const response = await send('GET', `${path}?${odd}`);
        if (response.status >= 500) serverErrors.push(`${odd.slice(0, 40)}: ${summary(response)}`);
      }
      const valid = await send('GET', path);
      return {
        notRejected,
        withoutPath,
        serverErrors,
        ready: await isReady(context, service),
        requests: query.length,
        valid: valid.status,
      };
    },
  }),
);

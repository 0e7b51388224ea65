import { defineCheck, empty, equals, includes } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { requestBreaks } from './trace-breaks.ts';

export const requestIsOneTrace = defineCheck({
  id: 'api.traces.gateway-to-database-is-one-tree',
  users: 1,
  title: 'A request from gateway to PostgreSQL is one trace',
  why: 'If a proxy forwards the trace context twice or drops it, the trace ends at the gateway and nobody can find the slow service.',
  category: 'api',
  severity: 'high',
  needs: ['services.airtable-gateway.available', registrationWorks],
  services: ['gateway', 'airtable-gateway', 'platform-services'],
  requires: ['traces'],
  remediation: {
    text: 'Send exactly one traceparent to the upstream (platform/services/gateway) and start database spans below the request’s span (platform/kit/postgres/database.ts). The evidence has the recorded tree.',
    effort: 'hours',
  },
  expects: {
    status: equals(200),
    whole: equals(true),
    roots: equals(1),
    orphans: empty(),
    services: includes('gateway', 'airtable-gateway'),
  },
  breaks: requestBreaks,
  async run({ account, traces }) {
    const { accessToken, address } = await account();
    const traced = await traces.request('gateway', '/api/airtable/v0/meta/bases', {
      token: accessToken,
      from: address,
      stops: [
        { service: 'gateway' },
        { service: 'airtable-gateway' },
        { service: 'airtable-gateway', name: /select|begin|query|postgres/i },
      ],
    });
    return {
      status: traced.exchange.status,
      whole: traced.visited,
      roots: traced.roots,
      orphans: [...traced.orphans],
      services: [...traced.services],
    };
  },
});

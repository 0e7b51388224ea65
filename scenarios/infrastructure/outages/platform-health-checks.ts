import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { serviceNames } from '../../../platform/contracts/service.ts';
import { serviceDatabases } from '../../kit/service-databases.ts';
import { firstOf, outageFields } from './check-fields.ts';
import { reportedHealthy } from './judge-outage.ts';
import { alwaysHealthy } from './postgres-outage-breaks.ts';
import { postgresOutage } from './postgres-outage-checks.ts';
import { redisOutage } from './redis-outage-checks.ts';

export const platformHealthReportsStores = defineCheck({
  ...outageFields,
  id: 'infrastructure.platform-health.reports-stopped-stores',
  title: 'The health of the platform reports a stopped store',
  failureTitle: 'The platform reports itself healthy while a store is stopped',
  why: 'GET /api/health is what monitoring and support look at. Services that run and cannot work must show there.',
  requires: ['node-restart', 'redis-admin'],
  remediation: {
    text: 'A service is healthy only if its /ready is 200 and says ready (platform/services/gateway/health).',
    effort: 'hours',
  },
  expects: {
    withoutPostgres: equals('degraded'),
    withoutRedis: equals('degraded'),
    reportedHealthy: empty(),
  },
  breaks: [
    {
      defect: 'The gateway reports services that are not ready as healthy.',
      changes: [alwaysHealthy],
      violates: ['withoutPostgres', 'withoutRedis', 'reportedHealthy'],
    },
  ],
  run: async (context) => {
    const [postgres, redis] = [await postgresOutage(context), await redisOutage(context)];
    const wrong = [
      ...reportedHealthy(
        postgres.platform,
        serviceDatabases.map(({ service }) => service),
      ).map((text) => `PostgreSQL stopped: ${text}`),
      ...reportedHealthy(
        redis.platform,
        serviceNames.filter((service) => service !== 'frontend'),
      ).map((text) => `Redis stopped: ${text}`),
    ];
    return {
      withoutPostgres: postgres.platform?.status ?? 'no report',
      withoutRedis: redis.platform?.status ?? 'no report',
      reportedHealthy: firstOf(wrong),
    };
  },
});

import { type CheckContext, ProductUnreachable } from '../../../harness/engine/index.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import { requestTo } from './running-requests.ts';
import { openSample } from './sample-reads.ts';
import { type StoreOutage, stopStore } from './store-outage.ts';

/** Services with a write that needs the database, and nothing else. */
const writing: readonly ServiceName[] = [
  'platform-services',
  'user-service',
  'airtable-gateway',
  'automation-services',
  'llm-orchestrator',
  'file-service',
];

export interface PostgresOutage extends StoreOutage {
  /** Writes while it was stopped; 0: no response. */
  writes: readonly { what: string; status: number }[];
}

/** Stops PostgreSQL. Meanwhile users change something at every service. */
export async function stopPostgres(context: CheckContext): Promise<PostgresOutage> {
  const sample = await openSample(context);
  let writes: PostgresOutage['writes'] = [];
  const write = async (service: ServiceName) => {
    const { method, path, headers, body } = requestTo(service, sample, context.unique('outage'));
    const what = `${method} ${path} of ${service}`;
    try {
      const { status } = await context.http.request(service, path, {
        method,
        headers,
        body,
        from: sample.address,
      });
      return { what, status };
    } catch (error) {
      if (error instanceof ProductUnreachable) return { what, status: 0 };
      throw error;
    }
  };
  const outage = await stopStore(context, 'postgres', async () => {
    writes = await Promise.all(writing.map(write));
  });
  await context.keep('writes.json', { writes: writes.map(({ what, status }) => `${what}: ${status}`) });
  return { ...outage, writes };
}

import type { AddressInfo } from 'node:net';
import { type RecordEvent, recordEventRoutes } from '../../../contracts/automation-services/record-events.ts';
import { problem } from '../../../kit/http/problem.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { buildService } from '../../../kit/service/build-service.ts';

export interface EventReceiver extends AsyncDisposable {
  /** The value of `AUTOMATION_SERVICES_URL`. */
  readonly url: string;
  /** Every delivery so far, repeated ones included. */
  readonly received: RecordEvent[];
  /** Whether deliveries get 503. They are recorded all the same. */
  unavailable: boolean;
}

/** Receives events of changed records like automation-services, by the same contract. */
export async function startEventReceiver(): Promise<EventReceiver> {
  const received: RecordEvent[] = [];
  const contract = {
    name: 'automation-services',
    title: 'Receiver of record events',
    port: 8006,
    mounts: [],
    routes: recordEventRoutes,
  } as const;
  const app = buildService(contract, {
    config: { INTERNAL_API_KEY: 'k'.repeat(32) },
    log: createLog({ service: 'automation-services', level: 'silent' }),
    dependencies: [],
    handlers: {
      async recordEvent({ body }) {
        received.push(body);
        if (receiver.unavailable) throw problem('not_ready');
        return { executions: [] };
      },
    },
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const receiver: EventReceiver = {
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    received,
    unavailable: false,
    async [Symbol.asyncDispose]() {
      app.server.closeAllConnections();
      await app.close();
    },
  };
  return receiver;
}

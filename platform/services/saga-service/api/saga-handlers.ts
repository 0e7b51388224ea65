import { randomUUID } from 'node:crypto';
import type { AccessClaims } from '../../../contracts/identity.ts';
import type { sagaService } from '../../../contracts/saga-service/contract.ts';
import { choreographyPrefix } from '../../../contracts/saga-service/events.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { PublishEvent } from '../../../kit/events/publish-event.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { fieldProblem, problem } from '../../../kit/http/problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { currentScope } from '../../../kit/service/scope.ts';
import { startTriggered } from '../events/start-triggered.ts';
import type { SagaEngine } from '../run/saga-engine.ts';
import { findSaga, listEvents, listSagas, listSteps } from '../store/read-sagas.ts';
import type { EndRequest } from '../store/request-end.ts';
import type { SagaRow } from '../store/saga-row.ts';
import { checkSteps } from './check-steps.ts';

export interface HandlerDeps {
  database: Database;
  engine: SagaEngine;
  publish: PublishEvent;
}

/** Starting, reading and ending sagas, and publishing events. */
export function sagaHandlers({
  database,
  engine,
  publish,
}: HandlerDeps): Omit<Handlers<typeof sagaService>, 'startTemplate' | 'templates'> {
  async function find(caller: AccessClaims, id: string): Promise<SagaRow> {
    const found = await findSaga(database, tenantOf(caller), id);
    if (found === undefined) throw problem('not_found');
    return found;
  }

  /** Only the user who started the saga may read the results of its steps and end it. */
  async function findOwn(caller: AccessClaims, id: string): Promise<SagaRow> {
    const found = await find(caller, id);
    if (found.started_by !== caller.user_id) throw problem('forbidden');
    return found;
  }

  async function end(caller: AccessClaims, id: string, request: EndRequest): Promise<SagaRow> {
    await engine.end(await findOwn(caller, id), request, { token: currentScope()?.token });
    return find(caller, id);
  }

  return {
    async start({ caller, body, rights }) {
      checkSteps(body.steps, body.pattern);
      const { steps, pattern, timeout, metadata, saga_id } = body;
      return engine.begin(
        {
          ...tenantOf(caller),
          sagaId: saga_id ?? randomUUID(),
          workspaceId: rights.workspaceId,
          definition: { type: null, pattern, steps, timeout },
          input: {},
          secrets: {},
          metadata,
        },
        { token: currentScope()?.token },
      );
    },

    list: ({ caller, query, rights }) =>
      listSagas(database, tenantOf(caller), { ...query, workspaceIds: rights.workspaceIds('read') }),

    saga: ({ caller, params }) => find(caller, params.id),

    async steps({ caller, params }) {
      const { saga_id: sagaId } = await findOwn(caller, params.id);
      return { saga_id: sagaId, steps: await listSteps(database, tenantOf(caller), sagaId) };
    },

    async events({ caller, params }) {
      const { saga_id: sagaId } = await findOwn(caller, params.id);
      return { saga_id: sagaId, events: await listEvents(database, tenantOf(caller), sagaId) };
    },

    cancel: ({ caller, params }) =>
      end(caller, params.id, { kind: 'cancel', reason: 'cancelled', force: false }),

    compensate: ({ caller, params, body }) => end(caller, params.id, { kind: 'compensate', ...body }),

    async publish({ caller, params, body, rights }) {
      if (params.type.startsWith(choreographyPrefix))
        throw fieldProblem(['params', 'type'], `Types that begin with ${choreographyPrefix} are reserved`);
      const { workspaceId } = rights;
      // Here, since only this request has the user's token.
      const trigger = { type: params.type, ...tenantOf(caller), data: body.data, workspaceId };
      await startTriggered(engine, trigger, { token: currentScope()?.token });
      const event = { type: params.type, ...tenantOf(caller), data: body.data, workspaceId };
      return { event_id: await publish({ ...event, correlationId: body.correlation_id }) };
    },
  };
}

import { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import type { Trigger } from '../../../contracts/automation-services/workflow-steps.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { createClient } from '../../../kit/peers/client.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import { backgroundScope, runInScope } from '../../../kit/service/scope.ts';

/** Tells airtable-gateway of which bases this service needs the changes. */
export interface RecordWatches {
  /**
   * Sends the bases that active workflows of the tenant name, if `triggers` name one. Within the transaction that saves
   * them: a workflow whose changes would not be reported is not saved.
   * @throws PeerProblem
   */
  update(tx: Transaction, tenant: Tenant, triggers: readonly Trigger[]): Promise<void>;
  /**
   * Sends the bases that active workflows still name, in the background, after a workflow has stopped listening. Until
   * that succeeds, airtable-gateway reports more changes than needed, which start nothing; the next such event repeats it.
   */
  shrink(tenant: Tenant): void;
  /** Resolves when nothing is being sent in the background. */
  idle(): Promise<void>;
}

/** Bases that active workflows of the tenant name, each once. */
export const watchedBases = `
  select distinct t.value ->> 'base_id' as base_id
  from automation.workflows w, jsonb_array_elements(w.triggers) as t(value)
  where w.status = 'active' and t.value ->> 'type' = 'record_changed' order by 1 limit 1000`;

/** Whether changes of records start a workflow with these triggers. */
export const listens = (triggers: readonly Trigger[]) =>
  triggers.some(({ type }) => type === 'record_changed');

export function createRecordWatches({
  database,
  log,
  ...options
}: {
  database: Database;
  log: Log;
  baseUrl: string;
  internalKey: string;
}): RecordWatches {
  const airtable = createClient(airtableGateway, options);
  const running = new Set<Promise<void>>();

  async function send(tx: Transaction, { tenantId }: Tenant): Promise<void> {
    // Two lists of one tenant must arrive in the order of their transactions.
    await tx.query(`select pg_advisory_xact_lock(hashtext('record watches'), hashtext($1))`, [tenantId]);
    const { rows } = await tx.query<{ base_id: string }>(watchedBases);
    await airtable.setRecordWatches({ body: { tenant_id: tenantId, bases: rows } });
  }

  return {
    async update(tx, tenant, triggers) {
      if (listens(triggers)) await send(tx, tenant);
    },
    shrink(tenant) {
      const sending = runInScope(backgroundScope(), () =>
        database.withTenant(tenant, (tx) => send(tx, tenant)),
      )
        .catch((error: unknown) =>
          log.warn({ err: describeFailure(error) }, 'the list of watched bases could not be shortened'),
        )
        .finally(() => running.delete(sending));
      running.add(sending);
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

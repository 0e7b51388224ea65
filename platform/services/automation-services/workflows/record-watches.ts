import { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import type { Trigger } from '../../../contracts/automation-services/workflow-steps.ts';
import { createClient } from '../../../kit/peers/client.ts';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';

/** Tells airtable-gateway of which bases this service needs the changes. */
export interface RecordWatches {
  /**
   * Sends the bases that active workflows of the tenant name, if `triggers` name one. Within the transaction that saves
   * them: a workflow whose changes would not be reported is not saved.
   * @throws PeerProblem
   */
  update(tx: Transaction, tenant: Tenant, triggers: readonly Trigger[]): Promise<void>;
}

export function createRecordWatches(options: { baseUrl: string; internalKey: string }): RecordWatches {
  const airtable = createClient(airtableGateway, options);
  return {
    async update(tx, { tenantId }, triggers) {
      if (!triggers.some(({ type }) => type === 'record_changed')) return;
      // Two lists of one tenant must arrive in the order of their transactions.
      await tx.query(`select pg_advisory_xact_lock(hashtext('record watches'), hashtext($1))`, [tenantId]);
      const { rows } = await tx.query<{ base_id: string }>(
        `select distinct t.value ->> 'base_id' as base_id
         from automation.workflows w, jsonb_array_elements(w.triggers) as t(value)
         where w.status = 'active' and t.value ->> 'type' = 'record_changed' order by 1 limit 1000`,
      );
      await airtable.setRecordWatches({ body: { tenant_id: tenantId, bases: rows } });
    },
  };
}

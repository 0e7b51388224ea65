import { automationServices } from '../../../contracts/automation-services/contract.ts';
import { grantUseRoutes, maxGrantsAsked } from '../../../contracts/grants-in-use.ts';
import type { ActingService } from '../../../contracts/platform-services/grants.ts';
import { sagaService } from '../../../contracts/saga-service/contract.ts';
import type { ServiceContract } from '../../../contracts/service.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { createClient } from '../../../kit/peers/client.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { workOnClaims } from '../../../kit/service/claimed-work.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import { createRecurringWork, type RecurringWork } from '../../../kit/service/recurring-work.ts';
import type { Config } from '../config.ts';

/** Maximum wait for a service, milliseconds. */
const timeoutMs = 10_000;
/** Time after which grants whose service did not respond are checked again, seconds. */
const leaseSeconds = 120;
/** Time after which a grant in use is checked again, seconds. */
const recheckSeconds = 3_600;

/** Asks a service which of these grants of a tenant it uses. */
export type FindUsed = (tenantId: string, ids: readonly string[], signal: AbortSignal) => Promise<string[]>;

/** How each service that acts for users is asked. */
export function createFindUsed(config: Config): Record<ActingService, FindUsed> {
  function at(contract: ServiceContract, baseUrl: string): FindUsed {
    const client = createClient(
      { ...contract, routes: grantUseRoutes },
      { baseUrl, internalKey: config.INTERNAL_API_KEY, timeoutMs },
    );
    return async (tenant_id, grant_ids, signal) =>
      (await client.grantsInUse({ body: { tenant_id, grant_ids: [...grant_ids] } }, { signal })).in_use;
  }
  return {
    'saga-service': at(sagaService, config.SAGA_SERVICE_URL),
    'automation-services': at(automationServices, config.AUTOMATION_SERVICES_URL),
  };
}

interface Claimed {
  tenant_id: string;
  service: ActingService;
  ids: string[];
}

/**
 * Deletes grants that nothing uses any more. A service ends its grants itself; this finds those whose start failed after
 * they were made, and those whose end did not arrive. Grants are at least 15 minutes old then, so the start of their run
 * is over.
 */
export function createGrantSweep(options: {
  database: Database;
  findUsed: Readonly<Record<ActingService, FindUsed>>;
  log: Log;
}): RecurringWork {
  const { database, findUsed, log } = options;

  async function settle({ tenant_id: tenantId, service, ids }: Claimed, signal: AbortSignal): Promise<void> {
    let used: string[];
    try {
      used = await findUsed[service](tenantId, ids, signal);
    } catch (error) {
      if (!(error instanceof PeerProblem)) throw error;
      log.warn({ err: describeFailure(error), peer: service }, 'a service did not tell which grants it uses');
      return;
    }
    const deleted = await database.withTenant({ tenantId, userId: tenantId }, async (tx) => {
      await tx.query(
        'update identity.grants set check_at = now() + make_interval(secs => $2) where id = any($1::uuid[])',
        [used, recheckSeconds],
      );
      return tx.query('delete from identity.grants where id = any($1::uuid[]) and id <> all($2::uuid[])', [
        ids,
        used,
      ]);
    });
    if (deleted.rowCount > 0) log.info({ peer: service, grants: deleted.rowCount }, 'unused grants deleted');
  }

  return createRecurringWork({
    name: 'sweeping grants',
    log,
    everyMs: 60_000,
    work: (signal) =>
      workOnClaims<Claimed>(
        {
          async claim() {
            const { rows } = await database.query<Claimed>(
              {
                name: 'claim_grants_to_check',
                text: 'select tenant_id, service, ids from identity.claim_grants_to_check($1, $2)',
              },
              [leaseSeconds, maxGrantsAsked],
            );
            return rows[0];
          },
          attempt: settle,
        },
        signal,
      ),
  });
}

import type { DelegatedTokens } from '../../../kit/auth/delegated-tokens.ts';
import type { PublishLiveEvent } from '../../../kit/events/publish-live-event.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import type { WorkflowGrants } from '../authority/workflow-grants.ts';
import type { StepKinds } from '../steps/step-kinds.ts';
import type { RecordWatches } from '../workflows/record-watches.ts';

/** What the run of an execution works with. */
export interface RunDeps {
  database: Database;
  clock: Clock;
  kinds: StepKinds;
  log: Log;
  tokens: DelegatedTokens;
  grants: WorkflowGrants;
  publishLive: PublishLiveEvent;
  watches: RecordWatches;
}

import type { ServiceName } from '../../../platform/contracts/service.ts';
import type { BootFacts, LogLine } from '../../evidence/facts.ts';
import type { LogWatch } from '../../evidence/log-watch.ts';
import type { ModelSource } from '../../model-server/model-server.ts';
import type { Capability } from '../../plan/plan.ts';
import type { ToolPaths } from '../../plan/tool-name.ts';
import type { TraceSource } from '../../telemetry/span-receiver.ts';
import type { CheckContext } from '../context.ts';
import type { Failover, NodeRestarts, ProcessControl, ReplicatedStore, StackAddresses } from '../stack.ts';
import type { CheckScope } from './check-scope.ts';
import type { Checkout } from './checkout.ts';
import type { GivenAccounts } from './http/given-accounts.ts';
import type { RequestWatch } from './http/request-watch.ts';
import type { SourceAddresses } from './http/source-addresses.ts';
import type { Baseline, Machine } from './load/baseline.ts';
import type { MailSource } from './mail/mail-source.ts';
import type { MonitoringAccess } from './monitoring/monitoring.ts';
import type { KeptFolders } from './programs/kept-result.ts';

export interface InstrumentsOptions {
  stack: StackAddresses;
  /** Needed for the capability `high-availability`. */
  failovers?: Readonly<Partial<Record<ReplicatedStore, Failover>>> | undefined;
  /** Needed for the capability `node-restart`. */
  restarts?: NodeRestarts | undefined;
  /** Needed for the capability `process-control`. */
  control?: ProcessControl | undefined;
  capabilities: ReadonlySet<Capability>;
  /** The run's folder for temporary files; the caller removes it. */
  tmpDir: string;
  seed: number;
  runId: string;
  /** See `CheckContext.patience`. Default: 1. */
  patience?: number | undefined;
  /** Default: no tool. Without `chromium` the browser is Playwright's own download. */
  toolPaths?: ToolPaths;
  /** Source addresses, where several sets of instruments use one platform; default: those of the run. */
  addresses?: SourceAddresses;
  /** Where results of slow work outlive the run; default: nowhere. `versions` names those of the programs. */
  keptFolders?: { folders: KeptFolders; versions(): Promise<string> };
  trackProcess: CheckScope['trackProcess'];
  boot: readonly BootFacts[];
  /** Ids of the planned checks with a test in `e2e/`, which share one program; default: each has its own. */
  plannedBrowserTests?: readonly string[];
  /** Path of the services' logs with `{service}`, for the evidence of browser tests. */
  serviceLogs?: string;
  /** Receives the spans of the services; needed for the capability `traces`. */
  spans?: TraceSource;
  /** Needed for the capability `mail`. */
  mails?: MailSource;
  /** The model server that the platform uses; needed for the capability `model-server`. */
  models?: ModelSource;
  exited: CheckContext['exited'];
  /** Finds secrets in the logs of the services; needed for the capability `logs`. */
  logWatch?: LogWatch;
  /** The latest log lines of a service; needed for the capability `logs`. */
  logLines?(service: ServiceName): readonly LogLine[];
  /** Needed for the capability `monitoring`. */
  monitoring?: MonitoringAccess;
  /** Needed for the capability `source-checkout`. */
  buildContext?: CheckContext['buildContext'];
  /** Needed for the capability `source-checkout`. */
  checkout?: Checkout;
  /** The accepted baseline of times, and what this run must have in common with it. Default: none. */
  baseline?: { accepted: Baseline | undefined; machine: Machine };
  /** Accounts of a target on which checks may not register. */
  givenAccounts?: GivenAccounts;
  /** Learns what the checks create on a platform that the run does not own. */
  requestWatch?: RequestWatch;
}

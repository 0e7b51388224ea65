import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { BrowserContext } from 'playwright-core';
import type { ServiceName } from '../../platform/contracts/service.ts';
import type { LogLine } from '../evidence/facts.ts';
import type { WatchedLog } from '../evidence/log-watch.ts';
import type { SecretKind } from '../evidence/secret-names.ts';
import type { SeenModelRequest } from '../model-server/model-server.ts';
import type { PythonTool } from '../plan/tool-name.ts';
import type { ContextReport } from './build-context-report.ts';
import type { BrowserTestResult } from './instruments/browser-tests/browser-test.ts';
import type { Checkout } from './instruments/checkout.ts';
import type { Account } from './instruments/http/account.ts';
import type { SeenAnswer } from './instruments/http/answer-record.ts';
import type { HttpInstrument } from './instruments/http/http.ts';
import type { ResponseSecret } from './instruments/http/response-secrets.ts';
import type { LoadInstrument } from './instruments/load/load.ts';
import type { CanaryKind } from './instruments/logs/canaries.ts';
import type { MailboxInstrument } from './instruments/mail/mailbox.ts';
import type { MonitoringInstrument } from './instruments/monitoring/monitoring.ts';
import type { ProgramInstrument } from './instruments/programs/programs.ts';
import type { TraceInstrument } from './instruments/traces/traces.ts';
import type { Json } from './json.ts';
import type { Failover, NodeRestarts, ProcessControl, ReplicatedStore, StackAddresses } from './stack.ts';

/** A scenario of the MCP conformance suite with its checks. */
export interface ConformanceScenario {
  name: string;
  checks: readonly {
    id: string;
    status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
    message: string;
  }[];
}

/** Everything a check may use. Each instrument records what it saw as evidence of the check. */
export interface CheckContext {
  /** Aborts at the check's time limit or when the run is interrupted; pass it on. */
  readonly signal: AbortSignal;
  /**
   * Share of the usual time to wait for what may never come, in (0, 1]. Less than 1 only in a reproduction: `prove` has
   * shown with all the time that the fault is why it never comes.
   */
  readonly patience: number;
  /** Pseudo-random numbers in [0,1), seeded from the run's seed and the check's id. */
  random(): number;
  /** A name that is unique in this run, e.g. for emails and tables. */
  unique(prefix: string): string;
  readonly stack: StackAddresses;
  /** The header with which a check calls platform-services as another service; needs `internal-key`. */
  internalKey(): { 'x-internal-key': string };
  /** Whether the harness has an address of the service. False only on a deployed target that gives none. */
  reaches(service: ServiceName): boolean;
  /** HTTP to a service or to the gateway. Every exchange becomes evidence, with secrets redacted. */
  readonly http: HttpInstrument;
  /**
   * A signed-in user in a tenant of its own, with a source address of its own: newly registered, or, for checks that
   * declare `users`, one that the target file gives.
   */
  account(): Promise<Account>;
  /** Whether the model is that of the harness, so that questions to it cost nothing. */
  readonly modelIsFree: boolean;
  /** Whether requests are generated for every rule of the documents, which takes minutes. */
  readonly fuzzesDeeply: boolean;
  /** Whether checks may register users. False only on a deployed target that does not allow it. */
  readonly mayRegister: boolean;
  /**
   * States that the check is about to register this account in a browser or another program, so that a deployed target
   * does not keep it. Needed only where no request of `http` registers it.
   */
  registersElsewhere(account: { email: string; password: string }): void;
  /** An unused source address; `127.0.0.1` where the system has no others. */
  newAddress(): string;
  /**
   * A pool with the rights of the database owner; needs `postgres-admin`.
   * @param database default: the platform's
   */
  databaseAdmin(database?: string): Pool;
  /** A pool with the role of one service; needs `postgres-service-roles`. */
  databaseAs(service: ServiceName, database?: string): Pool;
  /** Redis at a URL, default: the primary at boot. Needs `redis-admin`. */
  redis(url?: string): Redis;
  /** A new browser context, closed after the check; needs `browser`. Open pages leave a screenshot as evidence. */
  browser(): Promise<BrowserContext>;
  /**
   * Waits for the test of `e2e/` with the check's id as its tag. All tests of a run share one program and one browser.
   * Needs `browser`; a check whose test registers a user also requires `registration`.
   * @throws Error when the browser failed or the program ended without the result
   */
  browserTest(): Promise<BrowserTestResult>;
  /** The mails that the platform has sent; needs `mail`. */
  readonly mailbox: MailboxInstrument;
  /**
   * What the platform has sent to the model server in messages that contain the text, oldest first; see
   * `scriptedMessage`. Needs `model-server`.
   */
  modelRequests(text: string): readonly SeenModelRequest[];
  /** Needs `k6`. */
  readonly load: LoadInstrument;
  /** Needs `traces`. */
  readonly traces: TraceInstrument;
  /**
   * Runs a Python program, given as text, with `input` as JSON on its standard input. Returns the last line that the
   * program prints, parsed as JSON. Needs the capability, default `python`.
   */
  python(
    program: string,
    input: Json,
    options?: { capability?: PythonTool /** Name of the evidence, default `python`. */; label?: string },
  ): Promise<Json>;
  /**
   * The result of slow work that depends on the key alone, e.g. a client generated from a document. The work is done
   * once per key and version of the programs, and `make` may leave files in the folder, which must not be changed later.
   * A result that `keep` rejects is returned without a folder, and the next run does the work again.
   */
  keptResult(
    key: Json,
    make: (folder: string) => Promise<Json>,
    options: { keep(result: Json): boolean },
  ): Promise<{ folder: string | undefined; result: Json; from: 'this run' | 'an earlier run' }>;
  /** Programs in folders of the check's own. */
  readonly programs: ProgramInstrument;
  /**
   * Runs all server scenarios of the MCP conformance suite on a URL, with an access token. Needs `mcp-conformance`.
   */
  mcpConformance(target: { url: string; token: string }): Promise<ConformanceScenario[]>;
  /** What `promtool check metrics` finds in metrics, one line each; empty when it finds nothing. Needs `promtool`. */
  promtool(metrics: string): Promise<string[]>;
  /** Needs `monitoring`, and `promtool` to validate files. */
  readonly monitoring: MonitoringInstrument;
  /** The drill of a failover; needs `high-availability`. */
  failover(store: ReplicatedStore): Failover;
  /** Needs `node-restart`. */
  restarts(): NodeRestarts;
  /** Needs `process-control`. */
  processes(): ProcessControl;
  /**
   * Does the work once per run, for checks that observe different sides of one event, such as an outage. The first check
   * that asks does the work, with its own instruments and evidence; the others get the same result, or its error.
   */
  once<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Milliseconds from the start of the boot until the node was ready; undefined if it never was. */
  readyAfterMs(node: string): number | undefined;
  /** Processes of the stack that have exited since the boot, with the reason. */
  exited(): readonly { node: string; reason: string }[];
  /** Makes a secret that must not appear in any log. It has the form of its kind. */
  canary(kind: CanaryKind): string;
  /** The latest log lines of a service, without secrets. Needs `logs`. */
  logLines(service: ServiceName): readonly LogLine[];
  /** What the responses to all checks of the run contained so far, by route. */
  seenAnswers(): readonly SeenAnswer[];
  /**
   * The logs of all nodes with the places of secrets in them: canaries, what accounts were given, known forms. Needs
   * `logs`.
   * @throws MissingCapability when one of the services wrote no line and no log has a secret: nothing was measured.
   */
  watchedLogs(services: readonly ServiceName[]): readonly WatchedLog[];
  /** Secrets in the responses that the checks of this run have got so far. Whose they are is not kept. */
  searchedResponses(): { responses: number; found: readonly ResponseSecret[] };
  /**
   * Kinds of secrets in a text, e.g. the attributes of a span: those that checks made or received, those of the run, and
   * those of a known form; raw, and encoded for JSON, URLs and in base64.
   */
  secretsIn(text: string): readonly SecretKind[];
  /** Looks for what the build of the platform's image needs and its build context lacks; needs `source-checkout`. */
  buildContext(): Promise<ContextReport>;
  /** The files of the checkout with its installed packages; needs `source-checkout`. */
  checkout(): Checkout;
  /** Writes a value to an evidence file. */
  keep(name: string, value: Json | string | Uint8Array): Promise<void>;
}

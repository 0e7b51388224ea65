import { redact, redactText } from '../../evidence/redact.ts';
import type { CheckContext } from '../context.ts';
import { MissingCapability } from '../failures/missing-capability.ts';
import type { CheckInstruments, OpenCheckOptions } from '../run-check.ts';
import type { BrowserForRun } from './browser/browser-for-run.ts';
import type { BrowserTestRun } from './browser-tests/browser-test-run.ts';
import { openBrowserTest } from './browser-tests/open-browser-test.ts';
import { CheckIdentity } from './check-identity.ts';
import type { CheckScope } from './check-scope.ts';
import type { AnswerRecord } from './http/answer-record.ts';
import { findHang } from './http/find-hang.ts';
import { openAccounts } from './http/open-accounts.ts';
import { openHttp } from './http/open-http.ts';
import type { RequestWatch } from './http/request-watch.ts';
import type { ResponseSecrets } from './http/response-secrets.ts';
import { serviceAddresses } from './http/service-addresses.ts';
import type { SourceAddresses } from './http/source-addresses.ts';
import type { InstrumentsOptions } from './instruments-options.ts';
import { openLoad } from './load/open-load.ts';
import type { Canaries } from './logs/canaries.ts';
import { openMailbox } from './mail/open-mailbox.ts';
import { openMonitoring } from './monitoring/open-monitoring.ts';
import { openKeptResults } from './programs/kept-result.ts';
import { openMcpConformance } from './programs/open-mcp-conformance.ts';
import { openPrograms } from './programs/open-programs.ts';
import { openPromtool } from './programs/open-promtool.ts';
import { openPython } from './programs/open-python.ts';
import { openStores } from './stores/open-stores.ts';
import { openTraces } from './traces/open-traces.ts';

/** What the checks of a run share. */
interface RunResources extends InstrumentsOptions {
  patience: number;
  env: CheckScope['env'];
  browser: BrowserForRun;
  browserTests: BrowserTestRun;
  addresses: SourceAddresses;
  canaries: Canaries;
  answers: AnswerRecord;
  responses: ResponseSecrets;
  nextName(): number;
  /** What was done once for several checks, by name. */
  events: Map<string, Promise<unknown>>;
}

/** Opens the instruments of one check. Disposing them writes the remaining evidence. */
export async function openCheckInstruments(
  run: RunResources,
  { check, signal, evidence }: OpenCheckOptions,
): Promise<CheckInstruments> {
  const { capabilities, addresses, toolPaths = {} } = run;
  let missing: MissingCapability | undefined;
  const stack = {
    ...run.stack,
    services: serviceAddresses(run.stack.services, (found) => {
      missing ??= found;
    }),
  };
  const requires = new Set(check.requires);
  const scope: CheckScope = {
    signal,
    patience: run.patience,
    evidence,
    requireCapability(capability) {
      if (!requires.has(capability)) throw new Error(`${check.id} uses ${capability} without declaring it.`);
      if (!capabilities.has(capability)) throw new MissingCapability(capability);
    },
    tmpDir: run.tmpDir,
    env: run.env,
    trackProcess: run.trackProcess,
    running: new Set(),
  };
  const identity = new CheckIdentity({ ...run, check: check.id });
  const { traceId } = identity;
  run.requestWatch?.checkStarts(check.id, identity.mark);
  const traceparent = (): string => identity.traceparent();
  const cleanUps: (() => PromiseLike<void>)[] = [];

  const { canaries } = run;
  const { requestWatch } = run;
  /** A check may turn what the watch rejects into an observation, and would then blame the platform. */
  const rememberMissing = (watch: () => void): void => {
    try {
      watch();
    } catch (error) {
      if (error instanceof MissingCapability) missing ??= error;
      throw error;
    }
  };
  const sending: RequestWatch['sending'] = (request) => rememberMissing(() => requestWatch?.sending(request));
  const http = openHttp({
    services: stack.services,
    signal,
    address: addresses.next(),
    traceparent,
    canaries,
    answers: run.answers,
    responses: { search: (service, response) => run.responses.search(check.id, service, response) },
    ...(requestWatch ? { watch: { ...requestWatch, sending } } : {}),
  });
  cleanUps.push(async () => {
    const exchanges = http.record.toJson(traceId);
    if (exchanges) await evidence.write('exchanges.json', exchanges);
    await http[Symbol.asyncDispose]();
  });
  const stores = await openStores({ stack, requires, requireCapability: scope.requireCapability });
  cleanUps.push(() => stores[Symbol.asyncDispose]());

  const context: CheckContext = {
    signal,
    patience: scope.patience,
    random: identity.random,
    unique: (prefix) => identity.unique(prefix),
    stack,
    internalKey() {
      scope.requireCapability('internal-key');
      if (stack.internalKey === undefined) throw new MissingCapability('internal-key');
      return { 'x-internal-key': stack.internalKey };
    },
    reaches: (service) => capabilities.has('service-addresses') || Object.hasOwn(run.stack.services, service),
    http,
    account: openAccounts({
      check,
      http,
      canaries,
      given: run.givenAccounts,
      share: (...tokens) => run.responses.share(...tokens),
      unique: (prefix) => identity.unique(prefix),
      hexDigits: (length) => identity.hexDigits(length),
      nextAddress: () => addresses.next(),
      sharedAddress: !capabilities.has('many-source-addresses'),
    }),
    modelIsFree: capabilities.has('model-server'),
    fuzzesDeeply: capabilities.has('deep-fuzzing'),
    mayRegister: capabilities.has('registration'),
    registersElsewhere: (account) => rememberMissing(() => requestWatch?.registering(account)),
    newAddress: () => addresses.next(),
    databaseAdmin: stores.databaseAdmin,
    databaseAs: stores.databaseAs,
    redis: stores.redis,
    async browser() {
      scope.requireCapability('browser');
      const opened = await run.browser.newContext({
        locale: 'en-US',
        extraHTTPHeaders: { traceparent: traceparent() },
      });
      cleanUps.push(() => opened.close(evidence));
      return opened.context;
    },
    browserTest: openBrowserTest(scope, { run: run.browserTests, check: check.id }),
    mailbox: openMailbox(scope, { source: run.mails, canaries }),
    modelRequests(text) {
      scope.requireCapability('model-server');
      if (!run.models) throw new MissingCapability('model-server');
      return run.models.requests(text);
    },
    load: openLoad(scope, {
      k6Path: toolPaths.k6,
      services: stack.services,
      traceId,
      ...(run.baseline ? { baseline: run.baseline } : {}),
    }),
    python: openPython(scope, toolPaths),
    keptResult: openKeptResults(scope, run.keptFolders),
    programs: openPrograms(scope),
    mcpConformance: openMcpConformance(scope, toolPaths['mcp-conformance']),
    promtool: openPromtool(scope, toolPaths.promtool),
    traces: openTraces(scope, {
      http,
      receiver: run.spans,
      hexDigits: (length) => identity.hexDigits(length),
    }),
    monitoring: openMonitoring(scope, { access: run.monitoring, promtool: toolPaths.promtool }),
    failover(store) {
      scope.requireCapability('high-availability');
      const failover = run.failovers?.[store];
      if (!failover) throw new MissingCapability('high-availability', `${store} has no second server.`);
      return failover;
    },
    restarts() {
      scope.requireCapability('node-restart');
      if (!run.restarts) throw new MissingCapability('node-restart');
      return run.restarts;
    },
    processes() {
      scope.requireCapability('process-control');
      if (!run.control) throw new MissingCapability('process-control');
      return run.control;
    },
    once<T>(name: string, work: () => Promise<T>): Promise<T> {
      const done = (run.events.get(name) as Promise<T> | undefined) ?? work();
      run.events.set(name, done);
      return done;
    },
    readyAfterMs: (node) => run.boot.find((facts) => facts.node === node)?.readyAfterMs,
    exited: run.exited,
    canary: (kind) => canaries.make(kind, (length) => identity.hexDigits(length)),
    logLines(service) {
      scope.requireCapability('logs');
      if (!run.logLines) throw new MissingCapability('logs');
      return run.logLines(service);
    },
    seenAnswers: () => run.answers.seen(),
    watchedLogs: (services) => canaries.logs(scope, services),
    searchedResponses: () => run.responses.results(),
    secretsIn: (text) => canaries.secretsIn(text),
    async buildContext() {
      scope.requireCapability('source-checkout');
      if (!run.buildContext) throw new MissingCapability('source-checkout');
      return run.buildContext();
    },
    checkout() {
      scope.requireCapability('source-checkout');
      if (!run.checkout) throw new MissingCapability('source-checkout');
      return run.checkout;
    },
    keep: (name, value) => evidence.write(name, toContent(value)),
  };
  return {
    context,
    traceIds: [traceId],
    responses: () => http.record.responses(),
    get missing() {
      return missing;
    },
    runningPrograms: () => [...scope.running],
    findHang: () => findHang(run.stack.services, check.services),
    [Symbol.asyncDispose]: () => cleanUp(check.id, cleanUps),
  };
}

/** Runs all clean-ups, even if one fails: the others still write their evidence. */
async function cleanUp(check: string, cleanUps: readonly (() => PromiseLike<void>)[]): Promise<void> {
  const results = await Promise.allSettled(cleanUps.map(async (one) => one()));
  const reasons = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
  if (reasons.length > 0) throw new AggregateError(reasons, `Clean-up of ${check} failed: ${reasons[0]}`);
}

function toContent(value: Parameters<CheckContext['keep']>[1]): string | Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return redactText(value);
  return `${JSON.stringify(redact(value), null, 2)}\n`;
}

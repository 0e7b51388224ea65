import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { EvidenceSink } from '../../evidence/evidence-sink.ts';
import type { BootFacts } from '../../evidence/facts.ts';
import { redact, redactText } from '../../evidence/redact.ts';
import type { Capability } from '../../plan/plan.ts';
import type { SpanReceiver } from '../../telemetry/span-receiver.ts';
import type { CheckDefinition } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { MissingCapability } from '../failures/missing-capability.ts';
import type { CheckInstruments } from '../run-check.ts';
import type { StackAddresses } from '../stack.ts';
import { BrowserForRun } from './browser/browser-for-run.ts';
import { openHttp } from './http/open-http.ts';
import { registerAccount } from './http/register-account.ts';
import { sourceAddresses } from './http/source-addresses.ts';
import { openLoad } from './load/open-load.ts';
import { runPython } from './programs/run-python.ts';
import { seededRandom } from './seeded-random.ts';
import { openStores } from './stores/open-stores.ts';
import { openTraces } from './traces/open-traces.ts';

export interface InstrumentsOptions {
  stack: StackAddresses;
  capabilities: ReadonlySet<Capability>;
  /** The run's folder for temporary files; whoever made it removes it. */
  tmpDir: string;
  seed: number;
  runId: string;
  /** Chromium or Chrome to use instead of Playwright's own download. */
  chromiumPath?: string;
  k6Path?: string;
  /** A Python that has pyairtable. */
  pythonPath?: string;
  /** Told of every process that is started, so that it can be ended when the harness is killed. */
  trackProcess(pid: number): void;
  boot: readonly BootFacts[];
  /** Where the services send their spans; without it there is no capability `traces`. */
  spans?: SpanReceiver;
  /** Processes of the stack that have ended since the boot. */
  exited: CheckContext['exited'];
}

interface ForCheckOptions {
  check: CheckDefinition;
  signal: AbortSignal;
  evidence: EvidenceSink;
}

export interface RunInstruments extends AsyncDisposable {
  /** What one attempt of a check works with. */
  forCheck(options: ForCheckOptions): Promise<CheckInstruments>;
}

/** Everything checks measure with. Costly parts are started when the first check asks for them. */
export function openInstruments(options: InstrumentsOptions): RunInstruments {
  const { stack, capabilities, trackProcess } = options;
  const env = { PYAIRTABLE_READINESS_RUN: options.runId };
  const many = capabilities.has('many-source-addresses');
  const addresses = sourceAddresses({ many, runId: options.runId });
  const browser = new BrowserForRun({
    tmpDir: options.tmpDir,
    ...(options.chromiumPath ? { executablePath: options.chromiumPath } : {}),
    hosts: hostsOf(stack),
    env,
    trackProcess,
  });

  let names = 0;

  const forCheck = async ({ check, signal, evidence }: ForCheckOptions): Promise<CheckInstruments> => {
    const cleanups: (() => PromiseLike<void>)[] = [];
    const requires = new Set(check.requires);
    /** Use that is not declared would fail, instead of being unmeasured, where the capability is missing. */
    const demand = (capability: Capability): void => {
      if (!requires.has(capability)) throw new Error(`${check.id} uses ${capability} without declaring it.`);
      if (!capabilities.has(capability)) throw new MissingCapability(capability);
    };
    const random = seededRandom(options.seed, check.id);
    const tag = createHash('sha256').update(`${options.runId}/${check.id}`).digest('hex');
    const traceId = tag.slice(32);
    const traceparent = (): string => `00-${traceId}-${hexDigits(random, 16)}-01`;
    const unique = (prefix: string): string => {
      names += 1;
      return `${prefix}_${tag.slice(0, 10)}_${names}`;
    };

    const http = openHttp({ services: stack.services, signal, address: addresses.next(), traceparent });
    cleanups.push(async () => {
      const exchanges = http.record.toJson(traceId);
      if (exchanges) await evidence.write('exchanges.json', exchanges);
      await http[Symbol.asyncDispose]();
    });
    const stores = await openStores({ stack, requires, demand });
    cleanups.push(() => stores[Symbol.asyncDispose]());
    const load = openLoad({
      k6Path: options.k6Path,
      services: stack.services,
      signal,
      evidence,
      tmpDir: join(options.tmpDir, 'load'),
      traceId,
      env,
      trackProcess,
    });

    const context: CheckContext = {
      signal,
      random,
      unique,
      stack,
      http,
      account: () =>
        registerAccount({
          http,
          name: unique('user'),
          password: `Kestrel-${hexDigits(random, 16)}`,
          address: addresses.next(),
          sharedAddress: !many,
        }),
      newAddress: () => addresses.next(),
      databaseAdmin: stores.databaseAdmin,
      databaseAs: stores.databaseAs,
      redis: stores.redis,
      browser: async () => {
        demand('browser');
        const opened = await browser.newContext({
          locale: 'en-US',
          extraHTTPHeaders: { traceparent: traceparent() },
        });
        cleanups.push(() => opened.close(evidence));
        return opened.context;
      },
      load: {
        run: async (plan) => {
          demand('k6');
          return load.run(plan);
        },
      },
      python: async (program, input) => {
        demand('python');
        if (options.pythonPath === undefined) throw new MissingCapability('python');
        return runPython({
          pythonPath: options.pythonPath,
          program,
          input,
          tmpDir: options.tmpDir,
          env,
          evidence,
          signal,
          trackProcess,
        });
      },
      traces: {
        request: async (service, path, request) => {
          demand('traces');
          if (!options.spans) throw new MissingCapability('traces');
          const traces = openTraces({
            http,
            receiver: options.spans,
            evidence,
            signal,
            digits: (length) => hexDigits(random, length),
          });
          return traces.request(service, path, request);
        },
      },
      readyAfterMs: (node) => options.boot.find((facts) => facts.node === node)?.readyAfterMs,
      exited: options.exited,
      keep: (name, value) => evidence.write(name, toContent(value)),
    };
    return { context, traceIds: [traceId], [Symbol.asyncDispose]: () => cleanUp(check.id, cleanups) };
  };

  return { forCheck, [Symbol.asyncDispose]: () => browser[Symbol.asyncDispose]() };
}

/** One failing clean-up must not keep the others from happening, nor their evidence from being kept. */
async function cleanUp(check: string, cleanups: readonly (() => PromiseLike<void>)[]): Promise<void> {
  const results = await Promise.allSettled(cleanups.map(async (cleanup) => cleanup()));
  const reasons = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
  if (reasons.length > 0)
    throw new AggregateError(reasons, `${check} could not be cleaned up: ${reasons[0]}`);
}

function hostsOf(stack: StackAddresses): string[] {
  const urls = Object.values(stack.services).map((url) => URL.parse(url));
  return [...new Set(urls.flatMap((url) => (url ? [url.hostname] : [])))];
}

function toContent(value: Parameters<CheckContext['keep']>[1]): string | Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return redactText(value);
  return `${JSON.stringify(redact(value), null, 2)}\n`;
}

function hexDigits(random: () => number, length: number): string {
  let digits = '';
  while (digits.length < length) digits += Math.floor(random() * 16).toString(16);
  return digits;
}

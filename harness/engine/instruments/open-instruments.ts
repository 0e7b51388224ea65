import type { CheckInstruments, OpenCheckOptions } from '../run-check.ts';
import type { StackAddresses } from '../stack.ts';
import { BrowserForRun } from './browser/browser-for-run.ts';
import { BrowserTestRun } from './browser-tests/browser-test-run.ts';
import { AnswerRecord } from './http/answer-record.ts';
import { ResponseSecrets } from './http/response-secrets.ts';
import { sourceAddresses } from './http/source-addresses.ts';
import type { InstrumentsOptions } from './instruments-options.ts';
import { Canaries } from './logs/canaries.ts';
import { openCheckInstruments } from './open-check-instruments.ts';

export interface RunInstruments extends AsyncDisposable {
  forCheck(options: OpenCheckOptions): Promise<CheckInstruments>;
}

/** The instruments of a run. Expensive ones start when the first check needs them. */
export function openInstruments(options: InstrumentsOptions): RunInstruments {
  const { capabilities, runId, patience = 1, toolPaths: { chromium } = {} } = options;
  const env = { PYAIRTABLE_READINESS_RUN: runId };
  const browser = new BrowserForRun({
    tmpDir: options.tmpDir,
    ...(chromium ? { executablePath: chromium } : {}),
    hosts: hostsOf(options.stack),
    env,
    patience,
    trackProcess: options.trackProcess,
  });
  const browserTests = new BrowserTestRun({
    stack: options.stack,
    tmpDir: options.tmpDir,
    ...(chromium ? { executablePath: chromium } : {}),
    planned: options.plannedBrowserTests ?? [],
    ...(options.serviceLogs === undefined ? {} : { logs: options.serviceLogs }),
    env,
    patience,
    trackProcess: options.trackProcess,
    ...(options.requestWatch ? { requestWatch: options.requestWatch } : {}),
  });
  const canaries = new Canaries(options.logWatch);
  let names = 0;
  const run = {
    ...options,
    env,
    patience,
    browser,
    browserTests,
    addresses:
      options.addresses ?? sourceAddresses({ many: capabilities.has('many-source-addresses'), runId }),
    canaries,
    responses: new ResponseSecrets(canaries),
    answers: new AnswerRecord(passwordsOf(options.stack)),
    nextName: () => ++names,
    events: new Map<string, Promise<unknown>>(),
  };
  return {
    forCheck: (check) => openCheckInstruments(run, check),
    async [Symbol.asyncDispose]() {
      await Promise.all([browser[Symbol.asyncDispose](), browserTests[Symbol.asyncDispose]()]);
    },
  };
}

/** Passwords of the stores, which no response may contain. */
function passwordsOf({ postgres, redis }: StackAddresses): string[] {
  const urls = [postgres?.adminUrl, ...Object.values(postgres?.serviceUrls ?? {}), redis?.url];
  return urls.flatMap((url) => {
    const password = url === undefined ? undefined : URL.parse(url)?.password;
    return password ? [decodeURIComponent(password)] : [];
  });
}

function hostsOf(stack: StackAddresses): string[] {
  const urls = Object.values(stack.services).map((url) => URL.parse(url));
  return [...new Set(urls.flatMap((url) => (url ? [url.hostname] : [])))];
}

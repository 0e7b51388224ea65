import type { BootFacts } from '../../evidence/facts.ts';
import type { LogWatch } from '../../evidence/log-watch.ts';
import type { Capability } from '../../plan/plan.ts';
import type { SpanReceiver } from '../../telemetry/span-receiver.ts';
import type { CheckContext } from '../context.ts';
import type { StackAddresses } from '../stack.ts';
import type { CheckScope } from './check-scope.ts';

export interface InstrumentsOptions {
  stack: StackAddresses;
  capabilities: ReadonlySet<Capability>;
  /** The run's folder for temporary files; the caller removes it. */
  tmpDir: string;
  seed: number;
  runId: string;
  /** Chromium or Chrome to use instead of Playwright's own download. */
  chromiumPath?: string;
  k6Path?: string;
  /** A Python that has pyairtable. */
  pythonPath?: string;
  /** A Python that has Schemathesis. */
  schemathesisPath?: string;
  /** The program of the MCP conformance suite. */
  mcpConformancePath?: string;
  promtoolPath?: string;
  /** A Python that has openapi-python-client. */
  openapiPythonClientPath?: string;
  trackProcess: CheckScope['trackProcess'];
  boot: readonly BootFacts[];
  /** Receives the spans of the services; needed for the capability `traces`. */
  spans?: SpanReceiver;
  exited: CheckContext['exited'];
  /** Finds secrets in the logs of the services; needed for the capability `logs`. */
  logWatch?: LogWatch;
}

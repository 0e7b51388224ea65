/** The public interface of the engine: everything of the harness that a scenario may import. */
export type { Break } from '../faults/break.ts';
export type { Change, ProxiedRequest, ProxiedResponse } from '../faults/change.ts';
export { type CheckDefinition, defineCheck } from './check.ts';
export type { CheckContext, ConformanceScenario } from './context.ts';
export {
  atLeast,
  atMost,
  empty,
  equals,
  includes,
  matches,
  measurement,
  oneOf,
  rateBelow,
} from './expectations.ts';
export { ProductFailure } from './failures/product-failure.ts';
export { ProductUnreachable } from './failures/product-unreachable.ts';
export type { BrowserTestResult } from './instruments/browser-tests/browser-test.ts';
export type { Account } from './instruments/http/account.ts';
export type { Exchange } from './instruments/http/http.ts';
export type { LoadPlan, LoadSummary } from './instruments/load/load.ts';
export type { ReceivedMail } from './instruments/mail/mailbox.ts';
export type { TracedExchange, TraceStop } from './instruments/traces/traces.ts';
export type { Json } from './json.ts';
export type { NodeRestarts, Restart } from './stack.ts';

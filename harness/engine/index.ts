/** The public interface of the engine: everything of the harness that a scenario may import. */
export type { Break } from '../faults/break.ts';
export type { Change, ProxiedRequest, ProxiedResponse, SourceChange } from '../faults/change.ts';
export type { Fault, FaultInService } from '../faults/fault.ts';
export {
  type ModelScript,
  type ScriptedReply,
  scriptedMessage,
} from '../model-server/model-script.ts';
export type { SeenModelRequest } from '../model-server/model-server.ts';
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
export type { Checkout } from './instruments/checkout.ts';
export type { Account } from './instruments/http/account.ts';
export type { SeenAnswer } from './instruments/http/answer-record.ts';
export type { Exchange } from './instruments/http/http.ts';
export { rejectSaturated } from './instruments/load/generator-saturated.ts';
export type { LoadResult, LoadSummary, StepFigures } from './instruments/load/load.ts';
export type { LoadFlow, LoadPlan, LoadStage, LoadStep } from './instruments/load/load-plan.ts';
export { referenceStep, stepName } from './instruments/load/load-plan.ts';
export type { ReceivedMail } from './instruments/mail/mailbox.ts';
export type { TracedExchange, TracedSpan, TraceStop } from './instruments/traces/traces.ts';
export type { Json } from './json.ts';
export type { NodeRestarts, Restart, StackAddresses } from './stack.ts';

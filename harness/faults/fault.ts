import type { ServiceName } from '../../platform/contracts/service.ts';
import type { StackPlan } from '../runtime/runtime.ts';

/** A documented failure that can be brought about on demand. Its presence in a run rules GO out. */
export interface Fault {
  /** `layer.what-is-wrong`. */
  id: string;
  title: string;
  /** The blocker of the assessment that it reproduces, in the document's words. */
  incident: string;
  /** Service it is put into when none is named. */
  defaultService: ServiceName;
  /** How it shows: what the failing node's log or probe says. */
  symptom: RegExp;
  /** Brings it about before boot. The plan comes back changed; what is opened meanwhile closes on dispose. */
  inject(options: { stack: StackPlan; service: ServiceName }): Promise<InjectedFault>;
}

export interface InjectedFault extends AsyncDisposable {
  stack: StackPlan;
}

export const nothingToHeal: AsyncDisposable = { [Symbol.asyncDispose]: async () => undefined };

import type { ServiceName } from '../../platform/contracts/service.ts';
import type { StackPlan } from '../runtime/runtime.ts';

/** A known failure to inject on purpose. A run with a fault can never be GO. */
export interface Fault {
  /** `layer.what-is-wrong`. */
  id: string;
  title: string;
  /** The blocker of the assessment that it reproduces; the assessment's words. */
  incident: string;
  /** Service to inject it into when none is given. */
  defaultService: ServiceName;
  /** Its symptom in the log or the probe of the failing node. */
  symptom: RegExp;
  /** Injects it before boot: returns the changed plan. Disposing the result closes what the fault opened. */
  inject(options: { stack: StackPlan; service: ServiceName }): Promise<InjectedFault>;
}

export interface InjectedFault extends AsyncDisposable {
  stack: StackPlan;
}

export const nothingToDispose: AsyncDisposable = { [Symbol.asyncDispose]: async () => undefined };

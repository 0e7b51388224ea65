import type { Shortfall } from '../../evidence/facts.ts';
import type { Capability } from '../../plan/plan.ts';

/** A check needs something that this machine or runtime does not offer. It is then unmeasured, never passed. */
export class MissingCapability extends Error {
  readonly capability: Capability;
  readonly hint: string | undefined;

  constructor(capability: Capability, hint?: string) {
    super(`Needs ${capability}, which is not available.`);
    this.name = 'MissingCapability';
    this.capability = capability;
    this.hint = hint;
  }

  toShortfall(): Shortfall {
    return {
      kind: 'missing-capability',
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
    };
  }
}

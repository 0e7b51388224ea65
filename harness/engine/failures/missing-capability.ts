import type { Capability } from '../../plan/plan.ts';

/** A check asked for something this machine or runtime does not offer. It is then unmeasured, never passed. */
export class MissingCapability extends Error {
  readonly capability: Capability;
  readonly hint: string | undefined;

  constructor(capability: Capability, hint?: string) {
    super(`Needs ${capability}, which is not there.`);
    this.name = 'MissingCapability';
    this.capability = capability;
    this.hint = hint;
  }
}

import type { Shortfall } from '../../../evidence/facts.ts';
import { MissingCapability } from '../../failures/missing-capability.ts';
import type { LoadResult } from './load.ts';

/** The load generator could not keep up, so its figures say nothing about the platform: the check is unmeasured. */
export class GeneratorSaturated extends MissingCapability {
  readonly #reason: string;

  constructor(reason: string) {
    super(
      'load-generator',
      'Run it on a machine with less other work, or send the load from another machine (docs/load.md).',
    );
    this.name = 'GeneratorSaturated';
    this.message = `The load generator was saturated: ${reason}.`;
    this.#reason = reason;
  }

  override toShortfall(): Shortfall {
    return { ...super.toShortfall(), message: `Generator saturated: ${this.#reason}.` };
  }
}

/**
 * Call it before long times are reported as the platform's. A generator that was late measures times that are too long,
 * never too short: times within their limits stay proven.
 * @throws GeneratorSaturated
 */
export function rejectSaturated(results: readonly Pick<LoadResult, 'generator'>[]): void {
  for (const { generator } of results)
    if (generator.saturated !== undefined) throw new GeneratorSaturated(generator.saturated);
}

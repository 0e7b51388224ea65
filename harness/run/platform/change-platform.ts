import type { InstrumentsOptions } from '../../engine/instruments/instruments-options.ts';
import type { StackAddresses } from '../../engine/stack.ts';
import { applyChanges, type ChangeablePlatform } from '../../faults/apply-changes.ts';
import { changedCheckout } from '../../faults/boot/changed-checkout.ts';
import type { Change } from '../../faults/change.ts';
import { openCheckout } from './open-checkout.ts';
import type { OpenPlatform } from './open-platform.ts';
import { platformInstruments } from './platform-instruments.ts';

type RunParts = Parameters<typeof platformInstruments>[1];

/** A booted platform with changes in force. Disposing it lifts them in the opposite order. */
export interface ChangedPlatform extends AsyncDisposable {
  /** With the proxies of the changes. */
  readonly addresses: StackAddresses;
  /** The checkout as checks read it. */
  readonly packageRoot: string;
  /** What checks work with: they meet the changes. */
  instruments(run: Omit<RunParts, 'packageRoot'>): InstrumentsOptions;
}

/**
 * Applies changes to a booted platform. Those of environment, source and ports are in force since its boot.
 * @param options.folder new folder for a changed copy of the checkout
 * @throws MissingCapability where the runtime does not allow a change
 */
export async function changePlatform(
  changes: readonly Change[],
  options: { platform: OpenPlatform; packageRoot: string; folder: string },
): Promise<ChangedPlatform> {
  const { platform, packageRoot: unchanged, folder } = options;
  const { stack, monitoring, links } = platform;
  const changeable: ChangeablePlatform = {
    addresses: stack.addresses,
    prometheusUrl: monitoring?.prometheusUrl,
    ...(links ? { links } : {}),
    restarts: stack.restarts,
    signal: async (node, name) => (await stack.signal?.(node, name)) ?? false,
    exited: () => stack.exited(),
  };
  const applied = await applyChanges(changes, changeable);
  const ofCheckout = changes.filter((change) => change.kind === 'checkout');
  const packageRoot = await changedCheckout(ofCheckout, { packageRoot: unchanged, folder });
  return {
    addresses: applied.addresses,
    packageRoot,
    instruments(run) {
      const usual = platformInstruments(platform, { ...run, packageRoot });
      return {
        ...usual,
        ...(usual.monitoring && applied.prometheusUrl
          ? { monitoring: { ...usual.monitoring, prometheusUrl: applied.prometheusUrl } }
          : {}),
        stack: applied.addresses,
        checkout: openCheckout(unchanged, ofCheckout),
      };
    },
    [Symbol.asyncDispose]: () => applied[Symbol.asyncDispose](),
  };
}

import type { ServiceName } from '../../../../platform/contracts/service.ts';

/** Where the logs of a target's services come from. */
export interface LogSource {
  /**
   * New output of a service since the last call, or since the source was opened; empty without any.
   * @throws Error that says what cannot be read
   */
  read(service: ServiceName, signal: AbortSignal): Promise<string>;
  /** Ends what the source keeps open; absent if that is nothing. */
  close?(): void;
}

/** Puts the name of a service into a path or query of a target file. */
export function ofService(text: string, service: ServiceName): string {
  return text.replaceAll('{service}', service);
}

import type { StackAddresses } from '../../harness/engine/index.ts';

/** Origin of the gateway that requests of workflows may call. */
export const gatewayInside = ({ gatewayInside, services }: StackAddresses): string =>
  gatewayInside ?? new URL(services.gateway).origin;

/** The nodes of the contract of runtimes, for runtimes whose programs are made beforehand. */
export const contractNodes = ['gateway', 'user-service', 'frontend'] as const;

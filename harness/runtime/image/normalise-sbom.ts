/**
 * Makes a CycloneDX document of npm the same for the same packages: its time becomes the given one, and its random
 * serial number is left out.
 * @param epoch seconds since 1970
 */
export function normaliseSbom(text: string, epoch: number): string {
  const {
    serialNumber: _,
    metadata,
    ...rest
  } = JSON.parse(text) as {
    serialNumber?: string;
    metadata: object;
  };
  const timestamp = new Date(epoch * 1000).toISOString();
  return `${JSON.stringify({ ...rest, metadata: { ...metadata, timestamp } }, undefined, 1)}\n`;
}

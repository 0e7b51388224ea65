import type { FileHandle } from 'node:fs/promises';

/** Offsets and sizes in the header, bytes; [MS-CFB] 2.2. */
const header = { size: 512, sectorShift: 30, firstDirectory: 48, firstDifat: 68, difat: 76, difatCount: 109 };
/** Larger sector numbers are marks: end of chain, free, or table. */
const lastSector = 0xfffffffa;
const entrySize = 128;
const nameLengthAt = 64;
/** Maximum number of directory sectors that are read; a document has a few. */
const maxSectors = 256;

/**
 * Names of the streams in a compound file, the container format of old Office documents, installers and mails. The
 * list is incomplete for a damaged file.
 */
export async function compoundStreams(file: FileHandle): Promise<ReadonlySet<string>> {
  const head = Buffer.alloc(header.size);
  await file.read(head, 0, header.size, 0);
  const shift = head.readUInt16LE(header.sectorShift);
  const names = new Set<string>();
  if (shift !== 9 && shift !== 12) return names;
  const sectorSize = 2 ** shift;
  const perSector = sectorSize / 4;

  async function readSector(number: number): Promise<Buffer | undefined> {
    if (number > lastSector) return undefined;
    const sector = Buffer.alloc(sectorSize);
    const { bytesRead } = await file.read(sector, 0, sectorSize, (number + 1) * sectorSize);
    return bytesRead === sectorSize ? sector : undefined;
  }

  /** The sector of part `index` of the sector table: the first 109 are in the header, the others in a chain. */
  async function tableSector(index: number): Promise<number> {
    if (index < header.difatCount) return head.readUInt32LE(header.difat + index * 4);
    const links = Math.floor((index - header.difatCount) / (perSector - 1));
    let sector = await readSector(head.readUInt32LE(header.firstDifat));
    for (let link = 0; link < links && sector !== undefined; link += 1)
      sector = await readSector(sector.readUInt32LE(sectorSize - 4));
    return sector?.readUInt32LE(((index - header.difatCount) % (perSector - 1)) * 4) ?? lastSector + 1;
  }

  let number = head.readUInt32LE(header.firstDirectory);
  for (let count = 0; count < maxSectors; count += 1) {
    const sector = await readSector(number);
    if (sector === undefined) break;
    for (let at = 0; at < sectorSize; at += entrySize) {
      const length = sector.readUInt16LE(at + nameLengthAt);
      if (length >= 2 && length <= nameLengthAt) names.add(sector.toString('utf16le', at, at + length - 2));
    }
    const table = await readSector(await tableSector(Math.floor(number / perSector)));
    if (table === undefined) break;
    number = table.readUInt32LE((number % perSector) * 4);
  }
  return names;
}

const sectorSize = 512;
const endOfChain = 0xfffffffe;
const tableMark = 0xfffffffd;
const free = 0xffffffff;

/** A compound file with empty streams of these names. Its directory has as many sectors as it needs. */
export function compoundFile(streams: readonly string[]): Buffer {
  const names = ['Root Entry', ...streams];
  const directory = Buffer.alloc(Math.ceil(names.length / 4) * sectorSize);
  for (const [index, name] of names.entries()) {
    const at = index * 128;
    directory.write(name, at, 'utf16le');
    directory.writeUInt16LE((name.length + 1) * 2, at + 64);
    directory[at + 66] = index === 0 ? 5 : 2;
  }
  const sectors = directory.length / sectorSize;
  const table = Buffer.alloc(sectorSize);
  for (let entry = 0; entry < sectorSize / 4; entry += 1) table.writeUInt32LE(free, entry * 4);
  table.writeUInt32LE(tableMark, 0);
  for (let index = 1; index <= sectors; index += 1)
    table.writeUInt32LE(index === sectors ? endOfChain : index + 1, index * 4);
  const head = Buffer.alloc(sectorSize);
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(head);
  head.writeUInt16LE(0x3e, 24);
  head.writeUInt16LE(3, 26);
  head.writeUInt16LE(0xfffe, 28);
  head.writeUInt16LE(9, 30);
  head.writeUInt16LE(6, 32);
  head.writeUInt32LE(1, 44);
  head.writeUInt32LE(1, 48);
  head.writeUInt32LE(4096, 56);
  head.writeUInt32LE(endOfChain, 60);
  head.writeUInt32LE(endOfChain, 68);
  for (let entry = 0; entry < 109; entry += 1) head.writeUInt32LE(entry === 0 ? 0 : free, 76 + entry * 4);
  return Buffer.concat([head, table, directory]);
}

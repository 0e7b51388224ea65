/** One instruction of a Dockerfile, on one line. */
export interface Instruction {
  /** In capitals. */
  name: string;
  /** Without the name; continued lines are joined. */
  text: string;
  /** Line of the name, from 1. */
  line: number;
}

/** Reads the instructions of a Dockerfile. Comments and the bodies of here-documents are left out. */
export function parseDockerfile(content: string): Instruction[] {
  const lines = content.split(/\r?\n/);
  const instructions: Instruction[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const start = index;
    let text = '';
    for (; index < lines.length; index += 1) {
      const line = lines[index] ?? '';
      if (/^\s*#/.test(line)) continue;
      const continued = /\\\s*$/.test(line);
      text += ` ${line.replace(/\\\s*$/, '')}`;
      if (!continued) break;
    }
    const [, name, rest = ''] = /^\s*(?:ONBUILD\s+)?([a-z]+)\s*(.*?)\s*$/is.exec(text) ?? [];
    if (name === undefined) continue;
    const line = start + lines.slice(start).findIndex((one) => one.trim() !== '' && !/^\s*#/.test(one)) + 1;
    instructions.push({ name: name.toUpperCase(), text: rest, line });
    for (const [, end] of rest.matchAll(/<<-?(?:"|')?([A-Za-z_]\w*)/g))
      while (index + 1 < lines.length && (lines[++index] ?? '').trim() !== end);
  }
  return instructions;
}

/** The flags, e.g. `--from=build`, and the words of `COPY` or `ADD`, which may be a JSON array. */
export function splitWords(text: string): { flags: ReadonlyMap<string, string>; words: string[] } {
  const flags = new Map<string, string>();
  let rest = text.trim();
  for (
    let flag = /^--([a-z-]+)(?:=(\S*))?\s*/.exec(rest);
    flag;
    flag = /^--([a-z-]+)(?:=(\S*))?\s*/.exec(rest)
  ) {
    flags.set(flag[1] ?? '', flag[2] ?? '');
    rest = rest.slice(flag[0].length);
  }
  if (rest.startsWith('[')) {
    try {
      return { flags, words: (JSON.parse(rest) as unknown[]).map(String) };
    } catch {
      // Docker reads it as words too.
    }
  }
  return { flags, words: rest.split(/\s+/).filter(Boolean) };
}

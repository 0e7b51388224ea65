/** A minimal terminal: the part of ECMA-48 that shows what a redrawn block leaves on the screen. */
export class Screen {
  readonly isTTY = true;
  columns: number;
  rows: number;
  cursorVisible = true;
  #lines: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    for (const part of text.match(sequences) ?? []) this.#take(part);
  }

  /** All lines on the screen and above, without trailing blanks. */
  text(): string {
    return this.#lines
      .map((line) => line.join('').trimEnd())
      .join('\n')
      .trimEnd();
  }

  #take(part: string): void {
    const up = cursorUp.exec(part);
    if (up) this.#row = Math.max(0, this.#row - Number(up[1]));
    else if (part === '\r') this.#column = 0;
    else if (part === '\n') this.#newLine();
    else if (part === '\u001b[K') this.#line().length = this.#column;
    else if (part === '\u001b[J') {
      this.#line().length = this.#column;
      this.#lines.length = this.#row + 1;
    } else if (part === '\u001b[?25l') this.cursorVisible = false;
    else if (part === '\u001b[?25h') this.cursorVisible = true;
    else if (!part.startsWith('\u001b')) for (const character of part) this.#put(character);
  }

  #put(character: string): void {
    if (this.#column >= this.columns) this.#newLine();
    const line = this.#line();
    while (line.length < this.#column) line.push(' ');
    line[this.#column] = character;
    this.#column += 1;
  }

  #newLine(): void {
    this.#row += 1;
    this.#column = 0;
    this.#line();
  }

  #line(): string[] {
    while (this.#lines.length <= this.#row) this.#lines.push([]);
    return this.#lines[this.#row] as string[];
  }
}

const esc = String.fromCharCode(27);
const cursorUp = new RegExp(`^${esc}\\[(\\d+)A$`, 'u');
const sequences = new RegExp(`${esc}\\[[?\\d;]*[A-Za-z]|\\r|\\n|[^${esc}\\r\\n]+`, 'gu');

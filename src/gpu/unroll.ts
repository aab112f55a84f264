// WGSL has neither a preprocessor nor arrays that stay in registers: drivers that do not unroll loops put
// dynamically indexed private arrays in memory (SwiftShader: 2.8 times slower). So kernels are written with
// "#repeat t TOKENS … #end", and written out here, with {t} counting from 0.

/** Writes the blocks out and, but in comments, puts numbers for the names in `values`. Throws for an open block. */
export function unroll(template: string, values: Readonly<Record<string, number>>): string {
  const lines = template.split('\n')
  const { text, next } = writeOut(lines, 0, values)
  if (next !== lines.length) throw new Error(`Line ${next + 1}: #end without #repeat.`)
  const named = (name: string): string => (name in values ? `${values[name]}u` : name)
  return text
    .map((line) => (line.startsWith('//') ? line : line.replace(/\b[A-Z][A-Z_]*\b/g, named)))
    .join('\n')
}

/** Lines from `from` to the block's #end, or to the end of the text. */
function writeOut(
  lines: readonly string[],
  from: number,
  values: Readonly<Record<string, number>>,
): { text: string[]; next: number } {
  const text: string[] = []
  let at = from
  while (at < lines.length && !/^\s*#end\s*$/.test(lines[at])) {
    const repeat = /^\s*#repeat (\w+) (\w+)\s*$/.exec(lines[at])
    if (!repeat) {
      text.push(lines[at])
      at += 1
      continue
    }
    const [, variable, count] = repeat
    const times = values[count] ?? Number(count)
    if (!Number.isInteger(times)) throw new Error(`Line ${at + 1}: "${count}" is no number.`)
    const block = writeOut(lines, at + 1, values)
    if (block.next >= lines.length) throw new Error(`Line ${at + 1}: #repeat without #end.`)
    for (let i = 0; i < times; i += 1) {
      for (const line of block.text) text.push(line.replaceAll(`{${variable}}`, String(i)))
    }
    at = block.next + 1
  }
  return { text, next: at }
}

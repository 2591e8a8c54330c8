import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { kernels } from './table.ts'

const folder = new URL('./c/', import.meta.url)

/** table.h for the C kernels: the kernels in the table's order, and their arguments by name. */
export function tableHeader(): string {
  const names = Object.keys(kernels) as (keyof typeof kernels)[]
  const lines = ['// Made from table.ts.', '#pragma once']
  lines.push(`#define KERNELS(X) ${names.map((name) => `X(${name})`).join(' ')}`)
  for (const name of names) {
    const { ints, reals } = kernels[name]
    // A kernel of partial sums is told its number of slabs after its own arguments.
    const all = name.endsWith('Partial') ? [...ints, 'slabs'] : ints
    lines.push(`#define ARGS_${name} const i64 ${all.map((arg, i) => `${arg} = ints[${i}]`).join(', ')}`)
    if (reals.length)
      lines.push(`#define REALS_${name} const float ${reals.map((arg, i) => `${arg} = (float)reals[${i}]`).join(', ')}`)
  }
  return lines.join('\n') + '\n'
}

/** Hash of all that the built kernels are made from: the C files and the kernel table. */
export function sourceHash(): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(folder).sort()) hash.update(`${name}\n`).update(readFileSync(new URL(name, folder)))
  return hash.update(tableHeader()).digest('hex')
}

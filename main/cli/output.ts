/** What the command line prints: results on stdout, everything else on stderr. */

/** How a command ends: 0 done, 1 failed or refused, 2 wrong usage, 130 cancelled. */
export const exit = { ok: 0, failed: 1, usage: 2, cancelled: 130 } as const

/** A command that can't go on: a plain sentence, and the exit code. */
export class CommandError extends Error {
  readonly code: number
  constructor(message: string, code: number = exit.failed) {
    super(message)
    this.code = code
  }
}

export const usage = (message: string) => new CommandError(message, exit.usage)

export function say(line: string): void {
  progressLine.clear()
  process.stderr.write(`${line}\n`)
}

export function print(line: string): void {
  progressLine.clear()
  process.stdout.write(`${line}\n`)
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2))
}

/** Columns of equal width; numbers (and what looks like one) to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)))
  const right = head.map((_, column) => rows.length > 0 && rows.every((row) => /^[-+−]?[\d.,]*$|^–$/.test(row[column])))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (right[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  ')
      .trimEnd()
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n')
}

/** One line that is overwritten on a terminal; elsewhere a line now and then. */
export const progressLine = (() => {
  let shown = false
  let said = { stage: '', at: 0, done: -1 }
  const quietSeconds = 15

  return {
    show(stage: string, done: number, total: number, etaSeconds: number | null, perSecond: number | null = null): void {
      if (process.stderr.isTTY) {
        const width = Math.min(process.stderr.columns || 80, 100)
        process.stderr.write(`\r\x1b[2K${bar(stage, done, total, etaSeconds, perSecond).slice(0, width)}`)
        shown = true
        return
      }
      const now = Date.now()
      const finished = total > 0 && done >= total && said.done < total
      if (stage === said.stage && !finished && now - said.at < quietSeconds * 1000) return
      said = { stage, at: now, done }
      process.stderr.write(`${bar(stage, done, total, etaSeconds, perSecond)}\n`)
    },
    clear(): void {
      if (shown) process.stderr.write('\r\x1b[2K')
      shown = false
    },
  }
})()

function bar(stage: string, done: number, total: number, etaSeconds: number | null, perSecond: number | null): string {
  if (total <= 0) return `${stage} …`
  const cells = 24
  const full = Math.round((cells * Math.min(done, total)) / total)
  const eta = etaSeconds === null || done >= total ? '' : `  ${duration(etaSeconds)} left`
  const rate = perSecond === null ? '' : `  ${perSecond}/s`
  return `${stage.padEnd(18)} ${'█'.repeat(full)}${'░'.repeat(cells - full)} ${done}/${total}${rate}${eta}`
}

/** 95 → "1:35 min". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  const pad = (n: number) => String(n).padStart(2, '0')
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  return hours > 0 ? `${hours}:${pad(minutes)} h` : `${minutes}:${pad(whole % 60)} min`
}

/** Three decimals, or a dash where there is no number. */
export const figure = (value: number | null, digits = 3) => (value === null ? '–' : value.toFixed(digits))

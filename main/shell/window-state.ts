/** Where the window was and how large, kept from one start to the next. A screen that is gone does not take it along. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { app, screen, type BrowserWindow, type Rectangle } from 'electron'
import { z } from 'zod'

const State = z.object({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int().min(1),
  height: z.number().int().min(1),
  maximized: z.boolean(),
})

const file = () => join(app.getPath('userData'), 'window.json')
const firstSize = { width: 1440, height: 900 }

export interface WindowPlace {
  readonly bounds: Partial<Rectangle> & { width: number; height: number }
  readonly maximized: boolean
}

/** As it was left; the first size where that is not known, or would not be seen. */
export function lastPlace(): WindowPlace {
  try {
    const { maximized, ...bounds } = State.parse(JSON.parse(readFileSync(file(), 'utf8')))
    const seen = screen.getAllDisplays().some(({ workArea }) => overlap(bounds, workArea) >= 100 * 100)
    if (seen) return { bounds, maximized }
  } catch {
    // Never written, or damaged: nothing is lost.
  }
  return { bounds: firstSize, maximized: false }
}

/** Writes the place down when the window closes. */
export function keepPlace(window: BrowserWindow): void {
  window.on('close', () => {
    try {
      writeFileSync(file(), JSON.stringify({ ...window.getNormalBounds(), maximized: window.isMaximized() }))
    } catch {
      // A full disk must not keep a window open.
    }
  })
}

/** Pixels that two rectangles share. */
function overlap(a: Rectangle, b: Rectangle): number {
  const along = (from: number, size: number, other: number, otherSize: number) =>
    Math.max(0, Math.min(from + size, other + otherSize) - Math.max(from, other))
  return along(a.x, a.width, b.x, b.width) * along(a.y, a.height, b.y, b.height)
}

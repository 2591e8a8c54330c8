/** The menu of the desktop app, as the page tells it: the page knows what can be done, and says it in the user's language. */
import { z } from 'zod'

/** What Electron does by itself: editing of text, zoom, the window. */
export const menuRoles = [
  'cut',
  'copy',
  'paste',
  'selectAll',
  'resetZoom',
  'zoomIn',
  'zoomOut',
  'togglefullscreen',
  'minimize',
  'quit',
] as const

const label = z.string().min(1).max(120)
export const MenuItem = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('line') }),
  z.object({ kind: z.literal('role'), role: z.enum(menuRoles), label }),
  /** A command of the page: choosing it sends `menu.chosen`. `key`: shown beside it, as Electron writes it; null for none. */
  z.object({
    kind: z.literal('command'),
    id: z.string().regex(/^[a-zA-Z]{1,40}$/),
    label,
    key: z
      .string()
      .regex(/^(CmdOrCtrl\+)?(Shift\+)?[A-Z0-9]$/)
      .nullable(),
    enabled: z.boolean(),
  }),
])
export type MenuItem = z.infer<typeof MenuItem>

export const Menu = z.object({ label, items: z.array(MenuItem).max(40) })
export type Menu = z.infer<typeof Menu>

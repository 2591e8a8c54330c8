/**
 * The menu bar. What stands in it the page says (shared/domain/menu.ts); until then it is short. On macOS copy and paste
 * work through it. Reloading and developer tools are for development only.
 */
import { app, Menu, type MenuItemConstructorOptions } from 'electron'
import type { Menu as MenuOfPage, MenuItem } from '../../shared/domain/menu.ts'

const development = (): MenuItemConstructorOptions[] =>
  app.isPackaged ? [] : [{ label: 'Development', submenu: [{ role: 'reload' }, { role: 'toggleDevTools' }] }]

const onMac = (): MenuItemConstructorOptions[] => (process.platform === 'darwin' ? [{ role: 'appMenu' }] : [])

/** The menu of a window that shows no page yet. */
export function firstMenu(): void {
  set([...onMac(), { role: 'fileMenu' }, { role: 'editMenu' }, ...development()])
}

/** The page's menu. `chosen` gets the id of a command. */
export function showMenu(menus: readonly MenuOfPage[], chosen: (id: string) => void): void {
  const item = (one: MenuItem): MenuItemConstructorOptions => {
    if (one.kind === 'line') return { type: 'separator' }
    if (one.kind === 'role') return { role: one.role, label: one.label }
    const { id, label, key, enabled } = one
    // The key is the page's own: it is told here, and handled there.
    const keys = key === null ? {} : { accelerator: key, registerAccelerator: false }
    return { id, label, enabled, ...keys, click: () => chosen(id) }
  }
  set([...onMac(), ...menus.map(({ label, items }) => ({ label, submenu: items.map(item) })), ...development()])
}

const set = (template: MenuItemConstructorOptions[]) => Menu.setApplicationMenu(Menu.buildFromTemplate(template))
